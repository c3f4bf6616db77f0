#include "eval/correlation.h"

#include <cmath>

#include "base/error.h"
#include "eval/metrics.h"
#include "eval/results_file.h"

namespace crossrank {
namespace {

constexpr std::string_view kMetrics[] = {"pearson", "spearman"};

}  // namespace

CorrelationEvaluator::CorrelationEvaluator(std::vector<LabeledPair> pairs, std::string name)
    : pairs_(std::move(pairs)), name_(std::move(name)) {
  if (pairs_.size() >= 2) return;
  throw error(ErrorCode::kInput, "{}: {} rows: a correlation needs at least two", name_.empty() ? "correlation" : name_, pairs_.size());
}

std::vector<std::string> CorrelationEvaluator::metric_names(int) const { return prefixed(name_, kMetrics); }

EvaluationResult CorrelationEvaluator::evaluate(const PairScorer& scorer, const EvaluationRun& run) const {
  const std::vector<TextPair> texts = text_pairs(pairs_);
  const std::vector<float> scores = score_single_label(
      texts, scorer, [this](size_t pair) { return pairs_[pair].where; }, run.progress);
  std::vector<double> gold;
  for (const LabeledPair& pair : pairs_) gold.push_back(pair.label);
  const std::vector<double> predicted(scores.begin(), scores.end());
  const double r = pearson(gold, predicted), rho = spearman(gold, predicted);
  EvaluationResult result;
  result.metrics = {{prefixed(name_, kMetrics[0]), r}, {prefixed(name_, kMetrics[1]), rho}};
  result.primary_metric = result.metrics[1].name;
  result.reports.push_back({name_,
                            fmt::format("Pairs: {}", pairs_.size()),
                            {"correlation", "value"},
                            {{"Pearson", fmt::format("{:.4f}", r)}, {"Spearman", fmt::format("{:.4f}", rho)}}});
  if (std::isnan(r)) result.notes.push_back("all gold scores or all scores of the model are equal: their correlation is not defined");
  if (!run.output.empty()) {
    append_results(run.output,
                   {.name = "CrossEncoderCorrelationEvaluator" + (name_.empty() ? "" : "_" + name_) + "_results.csv",
                    .header = {"epoch", "steps", "Pearson_Correlation", "Spearman_Correlation"}},
                   {python_epoch(run.epoch), std::to_string(run.steps), python_number(r), python_number(rho)});
  }
  return result;
}

}  // namespace crossrank
