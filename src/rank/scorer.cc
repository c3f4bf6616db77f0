#include "rank/scorer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "rank/distinct_encodings.h"
#include "rank/output_is_no_number.h"
#include "text/packed_batch.h"

namespace crossrank {
namespace {

// Pairs or texts encoded at once: enough to sort by length and to find equal ones within, few enough that memory stays flat over a million
// of them.
constexpr int64_t kWindow = 4096;

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
      throw error(ErrorCode::kModel, "{}: segment {} of a pair, but the model has embeddings for {} segments", model.tokenizer.string(),
                  type, model.encoder.type_vocab_size);
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
    throw error(ErrorCode::kUsage, "max-length: {} tokens, but the model has {} positions", options.max_length,
                model_->encoder.max_positions);
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
  const PairEncoder encoder = pair_encoder(options);
  OutputRows rows;
  rows.num_outputs = model_->head.num_outputs;
  rows.values.resize(pairs.size() * static_cast<size_t>(rows.num_outputs));
  rows.truncated.resize(pairs.size());
  const auto encode_at = [&](size_t index) {
    Encoding encoding = encode(encoder, pairs[index]);
    rows.truncated[index] = encoding.truncated;
    return encoding;
  };
  run_all({"pair", static_cast<int64_t>(pairs.size()), options.batch_tokens, encode_at}, rows.values, progress);
  return rows;
}

void Scorer::run(std::span<const std::string_view> texts, std::string_view prompt, const PredictOptions& options, std::span<float> out,
                 const Progress& progress) const {
  const PairEncoder encoder = pair_encoder(options);
  std::string with_prompt;
  const auto encode_at = [&](size_t index) {
    if (prompt.empty()) return encode(encoder, texts[index]);
    with_prompt.assign(prompt).append(texts[index]);
    return encode(encoder, with_prompt);
  };
  run_all({"text", static_cast<int64_t>(texts.size()), options.batch_tokens, encode_at}, out, progress);
}

void Scorer::run_all(const Inputs& inputs, std::span<float> out, const Progress& progress) const {
  if (inputs.batch_tokens < 1) throw error(ErrorCode::kUsage, "batch-tokens: {} is less than 1", inputs.batch_tokens);
  for (int64_t first = 0; first < inputs.count; first += kWindow) run_window(inputs, first, out, progress);
}

void Scorer::run_window(const Inputs& inputs, int64_t first, std::span<float> out, const Progress& progress) const {
  const int64_t count = std::min(kWindow, inputs.count - first);
  DistinctEncodings distinct;
  for (int64_t i = first; i < first + count; ++i) distinct.add(inputs.encode_at(static_cast<size_t>(i)));
  // The pairs or texts that take a distinct encoding's row.
  std::vector<std::vector<int64_t>> takers(distinct.encodings().size());
  for (int64_t i = 0; i < count; ++i) takers[distinct.places()[static_cast<size_t>(i)]].push_back(first + i);

  const auto width = static_cast<size_t>(model_->head.num_outputs);
  int64_t done = first;
  std::vector<float> outputs;
  for (const PackedBatch& batch : pack(distinct.encodings(), inputs.batch_tokens)) {
    outputs.resize(static_cast<size_t>(batch.sequences()) * width);
    {
      const std::lock_guard turn(engine_mutex_);
      engine_->outputs(batch, outputs);
    }
    for (size_t s = 0; s < batch.order.size(); ++s) {
      const std::vector<int64_t>& targets = takers[static_cast<size_t>(batch.order[s])];
      const std::span<const float> row = std::span(outputs).subspan(s * width, width);
      if (std::any_of(row.begin(), row.end(), [](float value) { return std::isnan(value); })) {
        throw OutputIsNoNumber(model_->folder, inputs.kind, targets.front());
      }
      for (const int64_t target : targets) std::copy(row.begin(), row.end(), out.begin() + target * static_cast<int64_t>(width));
      done += static_cast<int64_t>(targets.size());
    }
    if (progress) progress(done, inputs.count);
  }
}

}  // namespace crossrank
