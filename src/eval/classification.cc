#include "eval/classification.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "eval/metrics.h"
#include "eval/results_file.h"

namespace crossrank {
namespace {

constexpr double kMaxLabel = 1e9;
constexpr std::string_view kTwoClasses[] = {"accuracy", "accuracy_threshold", "f1", "f1_threshold", "precision",
                                            "recall",   "average_precision"};
constexpr std::string_view kManyClasses[] = {"f1_macro", "f1_micro", "f1_weighted"};

// Values by their names, one each.
std::vector<Metric> metrics_of(const std::vector<std::string>& names, std::span<const double> values) {
  std::vector<Metric> metrics;
  for (size_t i = 0; i < names.size(); ++i) metrics.push_back({names[i], values[i]});
  return metrics;
}

std::string percent(double value) { return fmt::format("{:.2f}", value * 100); }

std::string counts_of(std::span<const int64_t> labels) {
  const auto ones = std::count(labels.begin(), labels.end(), 1);
  return fmt::format("Pairs: {}   with label 1: {}", labels.size(), ones);
}

}  // namespace

ClassificationEvaluator::ClassificationEvaluator(std::vector<LabeledPair> pairs, std::string name)
    : pairs_(std::move(pairs)), name_(std::move(name)) {
  if (pairs_.empty()) throw error(ErrorCode::kInput, "{}: no rows: there is nothing to evaluate", name_.empty() ? "classification" : name_);
  for (const LabeledPair& pair : pairs_) {
    if (pair.label != std::floor(pair.label) || std::abs(pair.label) > kMaxLabel) {
      throw error(ErrorCode::kInput, "{}: label {}: a class is a whole number; `evaluate correlation` takes gold scores", pair.where,
                  pair.label);
    }
    labels_.push_back(static_cast<int64_t>(pair.label));
  }
}

std::vector<std::string> ClassificationEvaluator::metric_names(int num_labels) const {
  return num_labels == 1 ? prefixed(name_, kTwoClasses) : prefixed(name_, kManyClasses);
}

EvaluationResult ClassificationEvaluator::evaluate(const PairScorer& scorer, const EvaluationRun& run) const {
  const std::vector<TextPair> texts = text_pairs(pairs_);
  const PairScores scores = score_pairs(
      texts, scorer, [this](size_t pair) { return pairs_[pair].where; }, run.progress);
  return scores.num_labels == 1 ? two_classes(scores.values, run) : many_classes(scores, run);
}

EvaluationResult ClassificationEvaluator::two_classes(std::span<const float> scores, const EvaluationRun& run) const {
  for (size_t i = 0; i < labels_.size(); ++i) {
    if (labels_[i] == 0 || labels_[i] == 1) continue;
    throw error(ErrorCode::kInput, "{}: label {}: a model with one label tells 0 from 1 and nothing else; use a model with more labels",
                pairs_[i].where, labels_[i]);
  }
  const BestAccuracy accuracy = best_accuracy(labels_, scores);
  const BestF1 f1 = best_f1(labels_, scores);
  const double precision = average_precision(labels_, scores);
  EvaluationResult result;
  result.metrics = metrics_of(metric_names(1), std::array<double, 7>{accuracy.accuracy, accuracy.threshold, f1.f1, f1.threshold,
                                                                     f1.precision, f1.recall, precision});
  result.primary_metric = prefixed(name_, "average_precision");
  result.reports.push_back({name_,
                            counts_of(labels_),
                            {"metric", "value", "threshold"},
                            {{"Accuracy", percent(accuracy.accuracy), fmt::format("{:.4f}", accuracy.threshold)},
                             {"F1", percent(f1.f1), fmt::format("{:.4f}", f1.threshold)},
                             {"Precision", percent(f1.precision), ""},
                             {"Recall", percent(f1.recall), ""},
                             {"Average Precision", percent(precision), ""}}});
  const bool any = f1.f1 > 0;
  if (!any)
    result.notes.push_back("no pair has the label 1: F1, precision, recall and average precision are 0 for want of anything to find");
  // Without anything found the reference's numbers are the integers that it began with.
  const auto found = [any](auto value) { return any ? python_number(value) : std::string("0"); };
  append(run, {"Accuracy", "Accuracy_Threshold", "F1", "F1_Threshold", "Precision", "Recall", "Average_Precision"},
         {python_number(accuracy.accuracy), python_number(accuracy.threshold), found(f1.f1), found(f1.threshold), found(f1.precision),
          found(f1.recall), python_number(precision)});
  return result;
}

EvaluationResult ClassificationEvaluator::many_classes(const PairScores& scores, const EvaluationRun& run) const {
  const auto width = static_cast<size_t>(scores.num_labels);
  std::vector<int64_t> predicted;
  predicted.reserve(labels_.size());
  for (size_t i = 0; i < labels_.size(); ++i) {
    const auto row = scores.values.begin() + static_cast<std::ptrdiff_t>(i * width);
    predicted.push_back(std::max_element(row, row + static_cast<std::ptrdiff_t>(width)) - row);  // the first of equals, as numpy.argmax
  }
  const F1Averages f1 = f1_averages(labels_, predicted);
  EvaluationResult result;
  result.metrics = metrics_of(metric_names(scores.num_labels), std::array<double, 3>{f1.macro, f1.micro, f1.weighted});
  result.primary_metric = prefixed(name_, "f1_macro");
  result.reports.push_back({name_,
                            fmt::format("Pairs: {}   Labels of the model: {}", labels_.size(), scores.num_labels),
                            {"metric", "value"},
                            {{"Macro F1", percent(f1.macro)}, {"Micro F1", percent(f1.micro)}, {"Weighted F1", percent(f1.weighted)}}});
  const auto unknown =
      std::count_if(labels_.begin(), labels_.end(), [&](int64_t label) { return label < 0 || label >= scores.num_labels; });
  if (unknown > 0) {
    result.notes.push_back(fmt::format("{} of {} pairs have a label that the model, with labels 0 to {}, can never predict", unknown,
                                       labels_.size(), scores.num_labels - 1));
  }
  append(run, {"Macro_F1", "Micro_F1", "Weighted_F1"}, {python_number(f1.macro), python_number(f1.micro), python_number(f1.weighted)});
  return result;
}

void ClassificationEvaluator::append(const EvaluationRun& run, std::vector<std::string> header,
                                     const std::vector<std::string>& cells) const {
  if (run.output.empty()) return;
  header.insert(header.begin(), {"epoch", "steps"});
  std::vector<std::string> row{python_epoch(run.epoch), std::to_string(run.steps)};
  row.insert(row.end(), cells.begin(), cells.end());
  append_results(run.output,
                 {.name = "CrossEncoderClassificationEvaluator" + (name_.empty() ? "" : "_" + name_) + "_results.csv", .header = header},
                 row);
}

}  // namespace crossrank
