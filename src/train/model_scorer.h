// ModelScorer: pairs through the model that is being trained: encoded for a step, or scored as an evaluator wants it, by all processes
// together.
#pragma once

#include <memory>

#include "eval/evaluator.h"
#include "rank/scorer.h"
#include "torch/processes.h"
#include "torch/torch_model.h"

namespace crossrank {

/// Model and processes must outlive it.
class ModelScorer {
 public:
  /// `max_length`: tokens of the longest pair; 0 keeps the model's limit.
  ModelScorer(TorchModel& model, Processes& processes, int max_length);

  /// May be called from several threads.
  Encoding encode(const TextPair& pair) const { return scorer_.encode(encoder_, pair); }

  /// Logits [encodings, num_labels] in their order, with a graph where at::GradMode is enabled.
  at::Tensor logits(std::span<const Encoding> encodings) const;

  /// Scores by the weights as they are at the call, dropout off. Each process scores its share; all get all scores, so all must call.
  PairScorer pair_scorer() const;
  /// The same by this process alone.
  PairScores local_scores(std::span<const TextPair> pairs, const Progress& progress = {}) const;

 private:
  TorchModel* model_;
  Processes* processes_;
  PredictOptions options_;
  Scorer scorer_;
  PairEncoder encoder_;
};

}  // namespace crossrank
