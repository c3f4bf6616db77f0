#include "train/model_scorer.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "rank/activation.h"
#include "rank/output_is_no_number.h"
#include "text/packed_batch.h"
#include "torch/torch_engine.h"

namespace crossrank {
namespace {

// The description lives in the model, which outlives the scorer.
std::shared_ptr<const ModelFolder> view_of(const TorchModel& model) { return {std::shared_ptr<void>(), &model.description()}; }

// On a CPU a larger batch is no faster and its hidden states stay in the allocator's hands.
constexpr int kCpuBatchTokens = 4096;

PredictOptions options_for(const TorchModel& model, int max_length) {
  PredictOptions options{.max_length = max_length};
  if (model.device().is_cpu()) options.batch_tokens = kCpuBatchTokens;
  return options;
}

}  // namespace

ModelScorer::ModelScorer(TorchModel& model, Processes& processes, int max_length)
    : model_(&model),
      processes_(&processes),
      options_(options_for(model, max_length)),
      scorer_(view_of(model), Tokenizer::from_file(model.description().tokenizer), make_torch_engine(model)),
      encoder_(scorer_.pair_encoder(options_)) {}

at::Tensor ModelScorer::logits(std::span<const Encoding> encodings) const {
  const std::vector<PackedBatch> packed = pack(encodings, std::numeric_limits<int>::max());
  const PackedBatch& batch = packed.front();
  std::vector<int64_t> place(batch.order.size());  // of each encoding among the batch's sequences
  for (size_t s = 0; s < batch.order.size(); ++s) place[static_cast<size_t>(batch.order[s])] = static_cast<int64_t>(s);
  return at::index_select(model_->outputs(batch), 0, at::tensor(place).to(model_->device()));
}

PairScores ModelScorer::local_scores(std::span<const TextPair> pairs, const Progress& progress) const {
  OutputRows rows = scorer_.run(pairs, options_, progress);
  apply_score_activation(model_->description().activation, rows.num_outputs, rows.values);
  return {rows.num_outputs, std::move(rows.values)};
}

PairScorer ModelScorer::pair_scorer() const {
  if (processes_->size() == 1) {
    return [this](std::span<const TextPair> pairs, const Progress& progress) { return local_scores(pairs, progress); };
  }
  return [this](std::span<const TextPair> pairs, const Progress& progress) {
    const auto width = static_cast<size_t>(model_->description().head.num_outputs);
    const auto share = [&](int rank) { return pairs.size() * static_cast<size_t>(rank) / static_cast<size_t>(processes_->size()); };
    const size_t first = share(processes_->rank()), last = share(processes_->rank() + 1);
    PairScores scores{static_cast<int>(width), std::vector<float>(pairs.size() * width)};
    const std::span<float> own = std::span(scores.values).subspan(first * width, (last - first) * width);
    try {
      if (last > first) std::ranges::copy(local_scores(pairs.subspan(first, last - first), progress).values, own.begin());
    } catch (const OutputIsNoNumber& problem) {
      // The others wait for this share: all get the pair's NaN, and all end with the error that names its row.
      own[static_cast<size_t>(problem.index()) * width] = std::numeric_limits<float>::quiet_NaN();
    }
    at::Tensor all = at::from_blob(scores.values.data(), {static_cast<int64_t>(scores.values.size())}, at::kFloat);
    at::Tensor on_device = all.to(model_->device());  // the same memory on a CPU
    processes_->sum(on_device);
    all.copy_(on_device);
    return scores;
  };
}

}  // namespace crossrank
