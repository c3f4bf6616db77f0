// ClassificationEvaluator: predicted against gold classes, as the reference's CrossEncoderClassificationEvaluator: accuracy, F1, precision,
// recall and average precision of a model with one label, averages of F1 of one with several.
#pragma once

#include <string>
#include <vector>

#include "eval/evaluator.h"
#include "eval/labeled_pairs.h"

namespace crossrank {

class ClassificationEvaluator : public Evaluator {
 public:
  /// Error(kInput) without pairs, and for a label that is no whole number.
  explicit ClassificationEvaluator(std::vector<LabeledPair> pairs, std::string name = {});

  const std::string& name() const override { return name_; }
  std::string_view description() const override { return "Cross Encoder Classification"; }
  Json config() const override { return nullptr; }
  int64_t num_pairs() const override { return static_cast<int64_t>(pairs_.size()); }
  std::vector<std::string> metric_names(int num_labels) const override;

  /// Which metrics there are depends on the model's number of labels. Error(kInput) that names the row where a model with one label meets a
  /// label other than 0 and 1.
  EvaluationResult evaluate(const PairScorer& scorer, const EvaluationRun& run) const override;

 private:
  EvaluationResult two_classes(std::span<const float> scores, const EvaluationRun& run) const;
  EvaluationResult many_classes(const PairScores& scores, const EvaluationRun& run) const;
  void append(const EvaluationRun& run, std::vector<std::string> header, const std::vector<std::string>& cells) const;

  std::vector<LabeledPair> pairs_;
  std::string name_;
  std::vector<int64_t> labels_;
};

}  // namespace crossrank
