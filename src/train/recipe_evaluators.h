// The evaluators of a recipe, and what they and the evaluation set say of a model in training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "eval/evaluator.h"
#include "train/recipe.h"

namespace crossrank {

/// One for each [[evaluator]], its data read. Error names the table's place in the recipe where the data do not fit.
std::vector<std::unique_ptr<Evaluator>> make_evaluators(const Recipe& recipe);

/// Error(kUsage) where the metric that chooses the best model is none that these evaluators, or the loss on [eval_dataset], will give: it
/// names the nearest and all. `num_labels` is the model's.
void check_best_metric(const Recipe& recipe, const std::vector<std::unique_ptr<Evaluator>>& evaluators, int num_labels);

/// The results of all evaluators, in the recipe's order.
struct Evaluations {
  std::vector<EvaluationResult> results;
  int64_t pairs = 0;

  std::vector<Metric> metrics() const;
};

/// Where and when; CSV files go to run.output. `stage` gives the progress of each evaluator by what it is called.
Evaluations evaluate_all(const std::vector<std::unique_ptr<Evaluator>>& evaluators, const PairScorer& scorer, const EvaluationRun& run,
                         const std::function<Progress(std::string_view what)>& stage);

}  // namespace crossrank
