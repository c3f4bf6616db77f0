#include "train/recipe_evaluators.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/nearest_name.h"
#include "eval/classification.h"
#include "eval/correlation.h"
#include "eval/labeled_pairs.h"
#include "eval/nano_beir.h"
#include "eval/reranking.h"
#include "run/trainer_state.h"

namespace crossrank {
namespace {

std::unique_ptr<Evaluator> make_evaluator(const RecipeEvaluator& table) {
  if (table.type == "nano_beir") return std::make_unique<NanoBeirEvaluator>(table.nano_beir);
  const auto reader = DatasetReader::open(table.data);
  if (table.type == "reranking") {
    return std::make_unique<RerankingEvaluator>(read_reranking_samples(*reader, table.reranking_fields), table.reranking);
  }
  std::vector<LabeledPair> pairs = read_labeled_pairs(*reader, table.pair_fields);
  if (table.type == "classification") return std::make_unique<ClassificationEvaluator>(std::move(pairs), table.name);
  return std::make_unique<CorrelationEvaluator>(std::move(pairs), table.name);
}

}  // namespace

std::vector<std::unique_ptr<Evaluator>> make_evaluators(const Recipe& recipe) {
  std::vector<std::unique_ptr<Evaluator>> evaluators;
  for (const RecipeEvaluator& table : recipe.evaluators) {
    try {
      evaluators.push_back(make_evaluator(table));
    } catch (const Error& problem) {
      throw error(problem.code(), "{}: {}", table.place, problem.what());
    }
  }
  return evaluators;
}

void check_best_metric(const Recipe& recipe, const std::vector<std::unique_ptr<Evaluator>>& evaluators, int num_labels) {
  if (!recipe.metric_for_best_model && !recipe.load_best_model_at_end) return;
  std::vector<std::string> names;
  if (recipe.eval_dataset) names.emplace_back("loss");
  for (const auto& evaluator : evaluators) {
    for (std::string& name : evaluator->metric_names(num_labels)) names.push_back(std::move(name));
  }
  const std::string wanted = recipe.best_metric(), place = recipe.place_of("metric_for_best_model");
  if (names.empty()) {
    throw error(ErrorCode::kUsage, "{}: \"{}\": nothing is evaluated; add an [[evaluator]] or an [eval_dataset], or leave the key out",
                place, wanted);
  }
  const auto is_wanted = [&](const std::string& name) { return evaluation_key(name) == evaluation_key(wanted); };
  if (std::any_of(names.begin(), names.end(), is_wanted)) return;
  const std::vector<std::string_view> known(names.begin(), names.end());
  throw error(ErrorCode::kUsage, "{}: \"{}\" is no metric of this run; nearest: {}; there are {}", place, wanted,
              nearest_name(wanted, known), fmt::join(names, ", "));
}

std::vector<Metric> Evaluations::metrics() const {
  std::vector<Metric> all;
  for (const EvaluationResult& result : results) all.insert(all.end(), result.metrics.begin(), result.metrics.end());
  return all;
}

Evaluations evaluate_all(const std::vector<std::unique_ptr<Evaluator>>& evaluators, const PairScorer& scorer, const EvaluationRun& run,
                         const std::function<Progress(std::string_view what)>& stage) {
  Evaluations all;
  for (const auto& evaluator : evaluators) {
    EvaluationRun one = run;
    if (stage) one.progress = stage(evaluator->name().empty() ? "evaluating" : evaluator->name());
    all.results.push_back(evaluator->evaluate(scorer, one));
    all.pairs += evaluator->num_pairs();
  }
  return all;
}

}  // namespace crossrank
