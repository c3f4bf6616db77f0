#include "rank/scorer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "text/packed_batch.h"

namespace crossrank {
namespace {

// Pairs encoded at once: enough to sort by length within, few enough that memory stays flat over a million pairs.
constexpr int64_t kWindowPairs = 4096;

void check_vocabulary(const ModelFolder& model, const Tokenizer& tokenizer) {
  if (tokenizer.vocab_size() > model.encoder.vocab_size) {
    throw error(ErrorCode::kModel, "{}: ids go to {}, but the model has embeddings for {}: tokenizer and weights are not of one model",
                model.tokenizer.string(), tokenizer.vocab_size() - 1, model.encoder.vocab_size);
  }
  if (!model.uses_type_ids || model.encoder.type_vocab_size == 0) return;
  const std::vector<int32_t> none;
  const Encoding empty_pair = tokenizer.post_process(none, &none);
  for (const int32_t type : empty_pair.type_ids) {
    if (type >= model.encoder.type_vocab_size) {
      throw error(ErrorCode::kModel, "{}: segment {} of a pair, but the model has embeddings for {} segments", model.tokenizer.string(), type,
                  model.encoder.type_vocab_size);
    }
  }
}

}  // namespace

Scorer::Scorer(std::shared_ptr<const ModelFolder> model, std::shared_ptr<const Tokenizer> tokenizer, std::unique_ptr<Engine> engine)
    : model_(std::move(model)), tokenizer_(std::move(tokenizer)), engine_(std::move(engine)) {
  check_vocabulary(*model_, *tokenizer_);
}

PairEncoder Scorer::pair_encoder(const PredictOptions& options) const {
  if (options.max_length < 0) throw error(ErrorCode::kUsage, "max-length: {} is negative; 0 keeps the model's limit", options.max_length);
  if (model_->encoder.learned_positions && options.max_length > model_->encoder.max_positions) {
    throw error(ErrorCode::kUsage, "max-length: {} tokens, but the model has {} positions", options.max_length, model_->encoder.max_positions);
  }
  return PairEncoder(tokenizer_, options.max_length > 0 ? options.max_length : model_->max_length, options.truncation);
}

// The segments as this model takes them.
Encoding Scorer::for_model(Encoding encoding) const {
  if (!model_->uses_type_ids) std::fill(encoding.type_ids.begin(), encoding.type_ids.end(), 0);
  return encoding;
}

Encoding Scorer::encode(const PairEncoder& encoder, const TextPair& pair) const {
  if (model_->prompt.empty()) return for_model(encoder.encode(pair));
  const std::string query = model_->prompt + std::string(pair.query);
  return for_model(encoder.encode(TextPair{query, pair.document}));
}

Encoding Scorer::encode(const PairEncoder& encoder, std::string_view text) const { return for_model(encoder.encode(text)); }

OutputRows Scorer::run(std::span<const TextPair> pairs, const PredictOptions& options, const Progress& progress) const {
  if (options.batch_tokens < 1) throw error(ErrorCode::kUsage, "batch-tokens: {} is less than 1", options.batch_tokens);
  const PairEncoder encoder = pair_encoder(options);
  OutputRows rows;
  rows.num_outputs = model_->head.num_outputs;
  rows.values.resize(pairs.size() * static_cast<size_t>(rows.num_outputs));
  rows.truncated.resize(pairs.size());
  const auto total = static_cast<int64_t>(pairs.size());
  for (int64_t first = 0; first < total; first += kWindowPairs) {
    score_window(encoder, pairs, first, options.batch_tokens, rows, progress);
  }
  return rows;
}

void Scorer::score_window(const PairEncoder& encoder, std::span<const TextPair> pairs, int64_t first, int batch_tokens, OutputRows& rows,
                          const Progress& progress) const {
  const auto total = static_cast<int64_t>(pairs.size());
  const int64_t count = std::min(kWindowPairs, total - first);
  std::vector<Encoding> encodings;
  encodings.reserve(static_cast<size_t>(count));
  for (int64_t i = first; i < first + count; ++i) {
    encodings.push_back(encode(encoder, pairs[static_cast<size_t>(i)]));
    rows.truncated[static_cast<size_t>(i)] = encodings.back().truncated;
  }

  const auto width = static_cast<size_t>(rows.num_outputs);
  int64_t done = first;
  std::vector<float> outputs;
  for (const PackedBatch& batch : pack(encodings, batch_tokens)) {
    outputs.resize(static_cast<size_t>(batch.sequences()) * width);
    {
      const std::lock_guard turn(engine_mutex_);
      engine_->outputs(batch, outputs);
    }
    for (size_t s = 0; s < batch.order.size(); ++s) {
      const auto target = static_cast<size_t>(first + batch.order[s]);
      for (size_t label = 0; label < width; ++label) {
        const float value = outputs[s * width + label];
        if (std::isnan(value)) {
          throw error(ErrorCode::kModel, "{}: the output for pair {} is not a number: the weights are damaged or overflow", model_->folder.string(),
                      target);
        }
        rows.values[target * width + label] = value;
      }
    }
    done += batch.sequences();
    if (progress) progress(done, total);
  }
}

}  // namespace crossrank
