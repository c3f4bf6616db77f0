// Evaluator: measures a cross-encoder on a task, through nothing but a function from pairs to scores, so that a program, a trainer between
// two steps and a test use it alike.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "crossrank/reranker.h"

namespace crossrank {

/// Scores after the model's activation, [pairs, num_labels].
struct PairScores {
  int num_labels = 1;
  std::vector<float> values;
};

/// Scores of pairs in the order given. The pairs of one call are one packed stream, so the more the better.
using PairScorer = std::function<PairScores(std::span<const TextPair> pairs, const Progress& progress)>;

/// A number, and where the task has an order to improve on, what that order reached.
struct Metric {
  std::string name;  // with the evaluator's name before it: "gooaq-dev_ndcg@10"
  double value = 0;  // NaN where it is not defined
  std::optional<double> base = {};
};

/// A table for people, with the reference's roundings; cells are texts.
struct Report {
  std::string title;
  std::string summary;  // a line above the table; may be empty
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

struct EvaluationResult {
  std::vector<Metric> metrics;  // in the reference's order; the base order's own numbers ("base_map") are metrics too, without a base
  std::string primary_metric;   // the name of the metric that chooses the best checkpoint; higher is better
  std::vector<Report> reports;
  std::vector<std::string> notes;  // what a reader of the numbers must know, one sentence each
};

/// Where and when an evaluation takes place.
struct EvaluationRun {
  std::filesystem::path output = {};  // the folder of the CSV files, made where it is absent; empty: none are written
  double epoch = -1;                  // -1: not while training
  int64_t steps = -1;
  Progress progress = {};
};

/// Immutable: evaluate() may be called again and again, with the same data and other weights.
class Evaluator {
 public:
  virtual ~Evaluator() = default;

  /// Stands before every metric's name; may be empty.
  virtual const std::string& name() const = 0;
  /// What the model card calls it: "Cross Encoder Reranking".
  virtual std::string_view description() const = 0;
  /// The settings that the model card lists; null where there are none.
  virtual Json config() const = 0;
  /// Pairs that a call gives to the scorer.
  virtual int64_t num_pairs() const = 0;
  /// The names of evaluate()'s metrics, in its order, for a model with so many labels. Nothing is scored.
  virtual std::vector<std::string> metric_names(int num_labels) const = 0;

  /// Error(kModel) where a score is not a finite number, or the model has another number of labels than the task; it names the row. A row
  /// is appended to the CSV file of the run's folder, after all is computed.
  virtual EvaluationResult evaluate(const PairScorer& scorer, const EvaluationRun& run) const = 0;
};

/// "NAME_METRIC", or the metric alone without a name.
std::string prefixed(const std::string& name, std::string_view metric);
std::vector<std::string> prefixed(const std::string& name, std::span<const std::string_view> metrics);

/// The scorer of a loaded model. The model must outlive it.
PairScorer scorer_of(const Reranker& reranker, const PredictOptions& options = {});

/// Scores all pairs, window by window; pairs that come twice in a window are scored once. An error of the scorer, and a score that is not
/// a finite number, becomes one that begins with where(pair): "FILE:LINE".
PairScores score_pairs(std::span<const TextPair> pairs, const PairScorer& scorer, const std::function<std::string(size_t pair)>& where,
                       const Progress& progress = {});

/// The same for a task that needs one score a pair; Error(kModel) for a model with several labels.
std::vector<float> score_single_label(std::span<const TextPair> pairs, const PairScorer& scorer,
                                      const std::function<std::string(size_t pair)>& where, const Progress& progress = {});

}  // namespace crossrank
