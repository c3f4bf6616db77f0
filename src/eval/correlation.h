// CorrelationEvaluator: Pearson's and Spearman's correlation of scores with gold scores, as the reference's
// CrossEncoderCorrelationEvaluator.
#pragma once

#include <string>
#include <vector>

#include "eval/evaluator.h"
#include "eval/labeled_pairs.h"

namespace crossrank {

class CorrelationEvaluator : public Evaluator {
 public:
  /// Error(kInput) with fewer than two pairs.
  explicit CorrelationEvaluator(std::vector<LabeledPair> pairs, std::string name = {});

  const std::string& name() const override { return name_; }
  std::string_view description() const override { return "Cross Encoder Correlation"; }
  Json config() const override { return nullptr; }
  int64_t num_pairs() const override { return static_cast<int64_t>(pairs_.size()); }
  std::vector<std::string> metric_names(int num_labels) const override;

  /// NaN, and a note, where all scores or all gold scores are equal.
  EvaluationResult evaluate(const PairScorer& scorer, const EvaluationRun& run) const override;

 private:
  std::vector<LabeledPair> pairs_;
  std::string name_;
};

}  // namespace crossrank
