#include "train/recipe.h"

#include <algorithm>
#include <cmath>

#include "train/recipe_reference.h"
#include "train/recipe_value.h"

namespace crossrank {
namespace {

template <typename Fields>
Json fields_json(const Fields& fields) {
  Json json = Json::object();
  Fields::visit(fields, [&json](std::string_view name, const auto& value, std::string_view, const ValueLimits&) {
    json[std::string(name)] = value_json(value);
  });
  return json;
}

Json evaluator_json(const RecipeEvaluator& evaluator) {
  Json json = {{"type", evaluator.type}};
  RecipeEvaluator::visit(evaluator,
                         [&json](std::string_view flag, const auto& value, std::string_view) { json[evaluator_key(flag)] = value; });
  return json;
}

// As Python prints a value: True, None, 2e-05, 'text' in a dictionary.
std::string python_text(const Json& value, bool inside = false) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_number_float()) return python_number(value.get<double>());
  if (value.is_string()) return inside ? fmt::format("'{}'", value.get<std::string>()) : value.get<std::string>();
  if (!value.is_object()) return value.dump();
  std::string text = "{";
  for (const auto& [key, item] : value.items())
    text += fmt::format("{}'{}': {}", text.size() > 1 ? ", " : "", key, python_text(item, true));
  return text + "}";
}

// A number that people write as a whole one and Python keeps so.
Json whole_where_it_is(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<int64_t>(value);
  return value;
}

std::string hyperparameter(const Recipe& recipe, const Json& fields, const ReferenceArgument& argument) {
  const std::string name(argument.name);
  if (!fields.contains(name)) return std::string(argument.default_text);
  if (name == "num_train_epochs" && recipe.num_train_epochs != Recipe().num_train_epochs) {
    return python_text(whole_where_it_is(recipe.num_train_epochs));
  }
  // The reference of today folds the older name into the newer one.
  if (name == "warmup_steps") return python_text(whole_where_it_is(recipe.warmup()));
  if (name == "warmup_ratio") return "None";
  if (name == "lr_scheduler_kwargs" && recipe.lr_scheduler_kwargs.empty()) return "None";
  if (name == "resume_from_checkpoint") {
    const std::string& text = recipe.resume_from_checkpoint.text;
    return text.empty() || text == "false" ? "None" : text == "true" ? "True" : text;
  }
  return python_text(fields.at(name));
}

NamesAndValues hyperparameters(const Recipe& recipe, bool all) {
  const Json fields = fields_json(recipe);
  NamesAndValues list;
  for (const ReferenceArgument& argument : reference_arguments()) {
    if (is_left_out_of_card(argument.name)) continue;
    std::string text = hyperparameter(recipe, fields, argument);
    if (all || text != argument.default_text) list.emplace_back(argument.name, std::move(text));
  }
  return list;
}

// Every checkpoint must have an evaluation, or the best model may be one that is not on the disk.
bool is_multiple(double steps, double of) {
  if ((steps < 1) != (of < 1)) return false;
  const double times = steps / of;
  return std::abs(times - std::round(times)) < 1e-9 && times >= 0.5;
}

// The wrong way round, the worst model would be kept. A threshold is neither better nor worse by itself.
void check_direction(const Recipe& recipe) {
  if (!recipe.greater_is_better) return;
  const std::string at = recipe.place_of("greater_is_better"), metric = recipe.best_metric();
  if (!recipe.metric_for_best_model && !recipe.load_best_model_at_end) {
    throw bad_value(at, "of which metric? name metric_for_best_model too, or leave this key out");
  }
  const bool less_is_better = metric.ends_with("loss");
  if (*recipe.greater_is_better != less_is_better || metric.ends_with("_threshold")) return;
  throw bad_value(at, fmt::format("{} of {} is better, so the worst model would be kept; leave this key out",
                                  less_is_better ? "less" : "more", metric));
}

void check_best_model(const Recipe& recipe) {
  check_direction(recipe);
  if (!recipe.load_best_model_at_end || recipe.save_strategy == "best") return;
  const std::string at = recipe.place_of("load_best_model_at_end");
  if (recipe.save_strategy == "no") throw bad_value(at, "needs checkpoints to choose from: save_strategy is no");
  if (recipe.eval_strategy != recipe.save_strategy) {
    throw bad_value(at, fmt::format("needs checkpoints where evaluations are: eval_strategy is {}, save_strategy is {}",
                                    recipe.eval_strategy, recipe.save_strategy));
  }
  if (recipe.eval_strategy == "steps" && !is_multiple(recipe.save_steps, recipe.evaluation_steps())) {
    throw bad_value(at, fmt::format("needs an evaluation at each checkpoint: save_steps, {}, must be a multiple of eval_steps, {}",
                                    recipe.save_steps, recipe.evaluation_steps()));
  }
}

void check_evaluation(const Recipe& recipe) {
  if (recipe.eval_strategy != "no" && recipe.evaluators.empty() && !recipe.eval_dataset) {
    throw bad_value(recipe.place_of("eval_strategy"), "there is nothing to evaluate: add an [[evaluator]] or an [eval_dataset]");
  }
  if (recipe.save_strategy == "best" && !recipe.metric_for_best_model) {
    throw bad_value(recipe.place_of("save_strategy"), "best needs metric_for_best_model");
  }
  const bool by_loss = recipe.load_best_model_at_end || recipe.save_strategy == "best" ? recipe.best_metric().ends_with("loss") : false;
  if (by_loss && !recipe.eval_dataset) {
    throw bad_value(
        recipe.place_of("load_best_model_at_end"),
        "the best model is chosen by the loss on [eval_dataset], which is absent: add it or name another metric_for_best_model");
  }
}

void check_steps(const Recipe& recipe) {
  if (recipe.max_steps <= 0 && recipe.num_train_epochs <= 0) {
    throw bad_value(recipe.place_of("num_train_epochs"), "0 trains nothing; give epochs, or max_steps");
  }
  if (recipe.max_steps == 0) throw bad_value(recipe.place_of("max_steps"), "0 trains nothing; -1 leaves it to num_train_epochs");
  if (recipe.warmup_ratio > 0 && recipe.warmup_steps > 0) {
    throw bad_value(recipe.place_of("warmup_ratio"), "warmup_steps is given too; one of the two");
  }
  const auto positive = [&recipe](const char* key, double steps) {
    if (steps <= 0) throw bad_value(recipe.place_of(key), "must be more than 0");
  };
  if (recipe.logging_strategy == "steps") positive("logging_steps", recipe.logging_steps);
  if (recipe.eval_strategy == "steps") positive("eval_steps", recipe.evaluation_steps());
  if (recipe.save_strategy == "steps") positive("save_steps", recipe.save_steps);
}

}  // namespace

std::string Recipe::place_of(std::string_view key) const {
  const auto found = places.find(key);
  return found == places.end() ? std::string(key) : found->second;
}

void Recipe::check() const {
  const auto needed = [this](const char* key, const std::string& value, const char* example) {
    if (value.empty()) throw bad_value(place_of(key), fmt::format("is absent; a recipe needs it: {}", example));
  };
  needed("model", model, "model = \"answerdotai/ModernBERT-base\"");
  needed("output_dir", output_dir, "output_dir = \"models/reranker\"");
  needed("loss", loss, "loss = \"binary_cross_entropy\"");
  needed("train_dataset.path", train_dataset.path, "[train_dataset] path = \"train.jsonl\"");
  if (eval_dataset) needed("eval_dataset.path", eval_dataset->path, "[eval_dataset] path = \"eval.jsonl\"");
  if (bf16 && fp16) throw bad_value(place_of("fp16"), "bf16 is set too; one of the two");
  if (adam_beta1 >= 1 || adam_beta2 >= 1) throw bad_value(place_of(adam_beta1 >= 1 ? "adam_beta1" : "adam_beta2"), "must be below 1");
  if (train_sampling_strategy != "random" && batch_sampler != "batch_sampler") {
    throw bad_value(place_of("train_sampling_strategy"),
                    fmt::format("the batch sampler {} orders rows itself; leave one of the two", batch_sampler));
  }
  check_steps(*this);
  check_evaluation(*this);
  check_best_model(*this);
}

Json Recipe::to_json() const {
  Json json = fields_json(*this);
  json["loss_parameters"] = loss_parameters;
  json["train_dataset"] = fields_json(train_dataset);
  if (eval_dataset) json["eval_dataset"] = fields_json(*eval_dataset);
  json["evaluator"] = Json::array();
  for (const RecipeEvaluator& evaluator : evaluators) json["evaluator"].push_back(evaluator_json(evaluator));
  json["model_card"] = fields_json(model_card);
  return json;
}

NamesAndValues all_hyperparameters(const Recipe& recipe) { return hyperparameters(recipe, true); }
NamesAndValues non_default_hyperparameters(const Recipe& recipe) { return hyperparameters(recipe, false); }

}  // namespace crossrank
