// Tests of recipe.h: reading, flags, messages, contradictions, and the lists of the model card (tools/make_hyperparameter_goldens.py).
#include "train/recipe.h"

#include <gtest/gtest.h>

#include <set>

#include "base/mapped_file.h"
#include "train/loss.h"
#include "train/recipe_reference.h"

namespace crossrank {
namespace {

constexpr const char* kSmallest = R"(model = "m"
output_dir = "out"
loss = "binary_cross_entropy"
save_strategy = "no"
[train_dataset]
path = "train.jsonl"
)";

std::string message_of(const std::string& toml) {
  try {
    parse_recipe(toml, "r.toml").check();
  } catch (const Error& problem) {
    EXPECT_EQ(problem.code(), ErrorCode::kUsage);
    return problem.what();
  }
  return "no error";
}

std::string message_of_flag(const std::string& key, const std::string& word) {
  Recipe recipe;
  try {
    set_recipe_key(recipe, key, word);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(Recipe, the_gooaq_recipe_is_the_run_of_the_model_card) {
  const Recipe recipe = read_recipe("recipes/gooaq-bce.toml");
  recipe.check();
  EXPECT_EQ(recipe.model, "answerdotai/ModernBERT-large");
  EXPECT_EQ(recipe.loss_parameters, (Json{{"pos_weight", 5.0}}));
  EXPECT_EQ(recipe.per_device_train_batch_size, 64);
  EXPECT_EQ(recipe.learning_rate, 2e-5);
  EXPECT_EQ(recipe.warmup(), 0.1);
  EXPECT_EQ(recipe.seed, 12);
  EXPECT_TRUE(recipe.bf16);
  EXPECT_EQ(recipe.evaluation_steps(), 1000);
  EXPECT_EQ(recipe.save_total_limit, 2);
  EXPECT_EQ(recipe.best_metric(), "gooaq-dev_ndcg@10");
  EXPECT_TRUE(recipe.best_is_greatest());
  EXPECT_EQ(recipe.train_dataset.path, "gooaq/train.jsonl");
  ASSERT_EQ(recipe.evaluators.size(), 2u);
  EXPECT_EQ(recipe.evaluators[0].data.path, "gooaq/eval.jsonl");
  EXPECT_EQ(recipe.evaluators[0].reranking.name, "gooaq-dev");
  EXPECT_FALSE(recipe.evaluators[0].reranking.always_rerank_positives);
  EXPECT_EQ(recipe.evaluators[1].nano_beir.dataset_names, "msmarco,nfcorpus,nq");
  EXPECT_EQ(recipe.model_card.language, std::vector<std::string>{"en"});
}

TEST(Recipe, the_bundled_rerankers_recipe_chooses_nothing_by_what_it_is_measured_on) {
  const Recipe recipe = read_recipe("recipes/crossrank-minilm-l6.toml");
  recipe.check();
  EXPECT_EQ(recipe.train_dataset.path, "bundled/train.jsonl");
  EXPECT_EQ(recipe.evaluators.size(), 2u);
  EXPECT_EQ(recipe.eval_strategy, "no");
  EXPECT_TRUE(recipe.eval_on_start);
  EXPECT_FALSE(recipe.load_best_model_at_end);
}

TEST(Recipe, hyperparameters_are_listed_as_the_reference_lists_them) {
  const Json golden = parse_json(read_file("tests/goldens/train/hyperparameters.json", 1 << 20), "golden", ErrorCode::kInput);
  EXPECT_EQ(Json(all_hyperparameters(Recipe())), golden.at("defaults").at("all"));
  EXPECT_EQ(Json(non_default_hyperparameters(Recipe())), golden.at("defaults").at("non_default"));
  const Recipe gooaq = read_recipe("recipes/gooaq-bce.toml");
  EXPECT_EQ(Json(all_hyperparameters(gooaq)), golden.at("gooaq").at("all"));
  EXPECT_EQ(Json(non_default_hyperparameters(gooaq)), golden.at("gooaq").at("non_default"));
}

TEST(Recipe, every_argument_of_the_reference_is_a_key_or_has_a_reason) {
  std::set<std::string> keys;
  for (const RecipeKey& key : recipe_keys()) {
    EXPECT_FALSE(key.help.empty()) << key.name;
    EXPECT_TRUE(keys.insert(key.name).second) << key.name << " is declared twice";
  }
  for (const ReferenceArgument& argument : reference_arguments()) {
    EXPECT_EQ(keys.contains(std::string(argument.name)), argument.why_not.empty()) << argument.name;
  }
}

TEST(Recipe, an_unknown_key_names_the_line_and_the_nearest_key) {
  EXPECT_EQ(message_of(std::string("# a line\nlearning_rat = 1e-5\n")),
            "r.toml:2: learning_rat: there is no such key; nearest: learning_rate");
  EXPECT_EQ(message_of("[train_dataset]\npaht = \"x\"\n"), "r.toml:2: train_dataset.paht: there is no such key; nearest: path");
  EXPECT_EQ(message_of("[[evaluator]]\ntype = \"reranking\"\npath = \"x\"\nat_kk = 5\n"),
            "r.toml:4: evaluator.at_kk: there is no such key; nearest: at_k");
  EXPECT_NE(message_of("[[evaluator]]\ntype = \"rerank\"\n").find("\"rerank\" is none of reranking"), std::string::npos);
}

TEST(Recipe, a_key_of_the_reference_that_is_not_taken_says_why) {
  EXPECT_NE(message_of("report_to = \"wandb\"\n").find("r.toml:1: report_to: is not taken: every run writes"), std::string::npos);
  EXPECT_NE(message_of("group_by_length = true\n").find("train_sampling_strategy"), std::string::npos);
  EXPECT_NE(message_of_flag("fsdp", "full_shard").find("--fsdp: is not taken:"), std::string::npos);
}

TEST(Recipe, a_wrong_type_or_number_names_file_line_and_key) {
  EXPECT_EQ(message_of("learning_rate = \"fast\"\n"), "r.toml:1: learning_rate: \"fast\" is not a number from 0 on");
  EXPECT_EQ(message_of("learning_rate = -1e-5\n"), "r.toml:1: learning_rate: -1e-05 is not a number from 0 on");
  EXPECT_EQ(message_of("learning_rate = nan\n"), "r.toml:1: learning_rate: nan is not a number from 0 on");
  EXPECT_EQ(message_of("warmup_ratio = 1.5\n"), "r.toml:1: warmup_ratio: 1.5 is not a number from 0 to 1");
  EXPECT_EQ(message_of("per_device_train_batch_size = 1.5\n"),
            "r.toml:1: per_device_train_batch_size: 1.5 is not a whole number from 1 on");
  EXPECT_EQ(message_of("bf16 = 1\n"), "r.toml:1: bf16: 1 is neither true nor false");
  EXPECT_EQ(message_of("model = 5\n"), "r.toml:1: model: 5 is no text; write it in quotes");
  EXPECT_EQ(message_of("save_strategy = \"stepz\"\n"),
            "r.toml:1: save_strategy: \"stepz\" is none of no, steps, epoch, best; nearest: steps");
  EXPECT_EQ(message_of("train_dataset = \"x\"\n"), "r.toml:1: train_dataset: is a table: write its keys below a line [..]");
  EXPECT_EQ(message_of("seed = 1979-05-27\n"), "r.toml:1: seed: dates and times have no meaning in a recipe");
  EXPECT_TRUE(message_of("model = \n").starts_with("r.toml:1: no TOML: ")) << message_of("model = \n");
}

TEST(Recipe, what_becomes_of_the_model_before_the_run_is_a_table_and_a_list) {
  const Recipe recipe = parse_recipe("freeze = [\"bert.embeddings\"]\nconfig_kwargs = {hidden_dropout_prob = 0.0}\n", "r.toml");
  EXPECT_EQ(recipe.freeze, std::vector<std::string>{"bert.embeddings"});
  EXPECT_EQ(recipe.config_kwargs, (Json{{"hidden_dropout_prob", 0.0}}));
  EXPECT_EQ(message_of("config_kwargs = 5\n"), "r.toml:1: config_kwargs: 5 is no table");
}

TEST(Recipe, what_is_needed_is_asked_for) {
  EXPECT_EQ(message_of(kSmallest), "no error");
  EXPECT_EQ(message_of(""), "model: is absent; a recipe needs it: model = \"answerdotai/ModernBERT-base\"");
  EXPECT_NE(message_of("model = \"m\"\noutput_dir = \"o\"\nloss = \"mse\"\n").find("train_dataset.path: is absent"), std::string::npos);
}

TEST(Recipe, keys_that_contradict_each_other_are_errors_before_the_run) {
  const auto with = [](const std::string& lines) { return message_of(lines + kSmallest); };
  EXPECT_NE(with("bf16 = true\nfp16 = true\n").find("r.toml:2: fp16: bf16 is set too"), std::string::npos);
  EXPECT_NE(with("warmup_ratio = 0.1\nwarmup_steps = 5\n").find("one of the two"), std::string::npos);
  EXPECT_NE(with("eval_strategy = \"steps\"\n").find("nothing to evaluate"), std::string::npos);
  EXPECT_NE(with("max_steps = 0\n").find("max_steps: 0 trains nothing"), std::string::npos);
  EXPECT_NE(with("batch_sampler = \"no_duplicates\"\ntrain_sampling_strategy = \"group_by_length\"\n").find("orders rows itself"),
            std::string::npos);

  const std::string best = "load_best_model_at_end = true\nmetric_for_best_model = \"dev_ndcg@10\"\neval_strategy = \"steps\"\n";
  const std::string rest = R"(model = "m"
output_dir = "out"
loss = "mse"
[train_dataset]
path = "t.jsonl"
[[evaluator]]
type = "nano_beir"
)";
  EXPECT_EQ(message_of(best + "eval_steps = 500\nsave_steps = 1000\n" + rest), "no error");
  EXPECT_NE(message_of(best + "eval_steps = 300\nsave_steps = 1000\n" + rest).find("must be a multiple"), std::string::npos);
  EXPECT_NE(message_of(best + "save_strategy = \"epoch\"\n" + rest).find("where evaluations are"), std::string::npos);
  EXPECT_NE(message_of("load_best_model_at_end = true\neval_strategy = \"steps\"\n" + rest).find("by the loss on [eval_dataset]"),
            std::string::npos);
  EXPECT_NE(message_of(best + "save_strategy = \"no\"\n" + rest).find("needs checkpoints to choose from"), std::string::npos);
}

TEST(Recipe, a_direction_that_would_keep_the_worst_model_is_an_error) {
  const auto with = [](const std::string& lines) { return message_of(lines + kSmallest); };
  const std::string way = "greater_is_better = ";
  EXPECT_EQ(with(way + "true\nmetric_for_best_model = \"dev_map\"\n"), "no error");
  EXPECT_EQ(with(way + "false\nmetric_for_best_model = \"loss\"\n"), "no error");
  EXPECT_EQ(with(way + "false\nmetric_for_best_model = \"dev_f1_threshold\"\n"), "no error");
  EXPECT_NE(with(way + "false\nmetric_for_best_model = \"dev_map\"\n").find("r.toml:1: greater_is_better: more of dev_map is better"),
            std::string::npos);
  EXPECT_NE(with(way + "true\nmetric_for_best_model = \"loss\"\n").find("less of loss is better"), std::string::npos);
  EXPECT_NE(with(way + "true\n").find("greater_is_better: of which metric?"), std::string::npos);
}

TEST(Recipe, parameters_of_the_loss_stand_beside_it_or_in_a_table) {
  const Recipe recipe = parse_recipe("scale = 20\n[loss_parameters]\nk = 10\nweighting_scheme = {name = \"ndcg_loss2_pp\", mu = 5}\n", "r");
  EXPECT_EQ(recipe.loss_parameters, (Json{{"scale", 20}, {"k", 10}, {"weighting_scheme", {{"name", "ndcg_loss2_pp"}, {"mu", 5}}}}));
}

TEST(Recipe, every_parameter_of_a_loss_may_stand_beside_the_loss) {
  for (const std::string_view name : loss_parameter_names()) {
    const std::string key(name);
    EXPECT_EQ(parse_recipe(key + " = 1\n", "r").loss_parameters, (Json{{key, 1}}));
    Recipe recipe;
    set_recipe_key(recipe, key, "1");
    EXPECT_EQ(recipe.loss_parameters, (Json{{key, 1}}));
  }
}

TEST(Recipe, every_key_can_be_set_by_a_flag_over_the_file) {
  Recipe recipe = parse_recipe(kSmallest, "r.toml");
  set_recipe_key(recipe, "learning_rate", "1e-5");
  set_recipe_key(recipe, "num_train_epochs", "2");
  set_recipe_key(recipe, "bf16", "true");
  set_recipe_key(recipe, "save_total_limit", "3");
  set_recipe_key(recipe, "run_name", "true");
  set_recipe_key(recipe, "resume_from_checkpoint", "true");
  set_recipe_key(recipe, "pos_weight", "3");
  set_recipe_key(recipe, "lr_scheduler_kwargs", "{num_cycles = 2}");
  set_recipe_key(recipe, "train_dataset.path", "other.jsonl");
  set_recipe_key(recipe, "train_dataset.columns", "question,answer");
  set_recipe_key(recipe, "eval_dataset.path", "eval.jsonl");
  set_recipe_key(recipe, "model_card.license", "mit");
  EXPECT_EQ(recipe.learning_rate, 1e-5);
  EXPECT_EQ(recipe.num_train_epochs, 2);
  EXPECT_TRUE(recipe.bf16);
  EXPECT_EQ(recipe.save_total_limit, 3);
  EXPECT_EQ(recipe.run_name, "true");
  EXPECT_EQ(recipe.resume_from_checkpoint.text, "true");
  EXPECT_EQ(recipe.loss_parameters, (Json{{"pos_weight", 3}}));
  EXPECT_EQ(recipe.lr_scheduler_kwargs, (Json{{"num_cycles", 2}}));
  EXPECT_EQ(recipe.train_dataset.path, "other.jsonl");
  EXPECT_EQ(recipe.train_dataset.columns, (std::vector<std::string>{"question", "answer"}));
  EXPECT_EQ(recipe.eval_dataset->path, "eval.jsonl");
  EXPECT_EQ(recipe.model_card.license, "mit");
  EXPECT_EQ(message_of_flag("learning_rate", "fast"), "--learning-rate: \"fast\" is not a number from 0 on");
  EXPECT_NE(message_of_flag("learning_rat", "1").find("nearest: learning_rate"), std::string::npos);
}

TEST(Recipe, an_empty_word_empties_a_list_of_the_file) {
  Recipe recipe = parse_recipe("freeze = [\"bert.embeddings\"]\n", "r.toml");
  set_recipe_key(recipe, "freeze", "");
  EXPECT_EQ(recipe.freeze, std::vector<std::string>{});
}

TEST(Recipe, json_holds_every_key) {
  const Json json = read_recipe("recipes/gooaq-bce.toml").to_json();
  EXPECT_EQ(json.at("learning_rate"), 2e-5);
  EXPECT_EQ(json.at("evaluator")[0].at("path"), "gooaq/eval.jsonl");
  EXPECT_EQ(json.at("evaluator")[1].at("dataset_names"), "msmarco,nfcorpus,nq");
  EXPECT_EQ(json.at("model_card").at("license"), "apache-2.0");
  EXPECT_TRUE(json.at("max_steps") == -1 && json.at("data_seed").is_null());
}

}  // namespace
}  // namespace crossrank
