#include "train/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

#include "base/test_folder.h"
#include "run/trainer_state.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

// Twelve steps on a tiny BERT with dropout; a checkpoint and an evaluation every four.
Recipe small_recipe(const fs::path& output) {
  Recipe recipe;
  recipe.model = "tests/goldens/training/bert";
  recipe.train_dataset.path = "tests/goldens/training/pairs.jsonl";
  recipe.output_dir = output.string();
  recipe.loss = "binary_cross_entropy";
  recipe.max_steps = 12;
  recipe.learning_rate = 1e-3;
  recipe.logging_steps = 1;
  recipe.save_steps = 4;
  recipe.use_cpu = true;
  return recipe;
}

void add_evaluator(Recipe& recipe) {
  RecipeEvaluator evaluator;
  evaluator.type = "classification";
  evaluator.data.path = "tests/goldens/training/pairs.jsonl";
  evaluator.name = "dev";
  recipe.evaluators.push_back(evaluator);
  recipe.eval_strategy = "steps";
  recipe.eval_steps = 4;
  recipe.metric_for_best_model = "dev_average_precision";
  recipe.load_best_model_at_end = true;
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

std::vector<Json> run(const Recipe& recipe) {
  std::vector<Json> records;
  const auto processes = Processes::join({}, false);
  train(recipe, *processes, {.step = {}, .log = [&](const Json& record, bool) { records.push_back(record); }, .stage = {}, .say = {}});
  return records;
}

std::string error_of(const Recipe& recipe) {
  try {
    run(recipe);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// A copy of the model with dropout, which the goldens' own lacks.
fs::path with_dropout(const fs::path& folder) {
  fs::copy("tests/goldens/training/bert", folder, fs::copy_options::recursive);
  Json config = Json::parse(std::ifstream(folder / "config.json"));
  config["hidden_dropout_prob"] = 0.1;
  config["attention_probs_dropout_prob"] = 0.1;
  std::ofstream(folder / "config.json") << config;
  return folder;
}

// A copy of the model whose classifier's bias is NaN.
fs::path with_a_number_that_is_none(const fs::path& folder) {
  fs::copy("tests/goldens/training/bert", folder, fs::copy_options::recursive);
  std::string bytes = bytes_of(folder / "model.safetensors");
  uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const Json tensors = Json::parse(bytes.substr(8, header));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data() + 8 + header + tensors["classifier.bias"]["data_offsets"][0].get<uint64_t>(), &nan, sizeof nan);
  std::ofstream(folder / "model.safetensors", std::ios::binary) << bytes;
  return folder;
}

TEST(Trainer, a_run_that_was_cut_goes_on_with_the_same_losses_to_the_bit) {
  const TestFolder folder;
  Recipe whole = small_recipe(folder.path() / "whole");
  whole.model = with_dropout(folder.path() / "model").string();
  whole.logging_steps = 3;  // so that a sum of losses stands between two records when the checkpoint of step 4 is written
  const std::vector<Json> expected = run(whole);

  Recipe first = whole;
  first.output_dir = (folder.path() / "cut").string();
  run(first);
  fs::remove_all(folder.path() / "cut" / "checkpoint-8");
  fs::remove_all(folder.path() / "cut" / "checkpoint-12");
  Recipe second = first;
  second.resume_from_checkpoint.text = "true";
  const std::vector<Json> records = run(second);

  std::vector<Json> late;  // of the whole run, after step 4
  for (const Json& record : expected) {
    if (record["step"].get<int>() > 4 && record.contains("loss")) late.push_back(record);
  }
  ASSERT_EQ(late.size(), 3u);
  for (size_t i = 0; i < late.size(); ++i) EXPECT_EQ(records[i], late[i]) << i;
  EXPECT_EQ(bytes_of(folder.path() / "cut" / "model.safetensors"), bytes_of(folder.path() / "whole" / "model.safetensors"));
  EXPECT_EQ(read_trainer_state(folder.path() / "cut" / "checkpoint-12" / "trainer_state.json").log_history.size(),
            read_trainer_state(folder.path() / "whole" / "checkpoint-12" / "trainer_state.json").log_history.size());
}

TEST(Trainer, the_best_checkpoint_is_kept_and_becomes_the_model) {
  const TestFolder folder;
  Recipe recipe = small_recipe(folder.path() / "out");
  add_evaluator(recipe);
  recipe.save_total_limit = 1;
  run(recipe);
  const TrainerState state = read_trainer_state(folder.path() / "out" / "trainer_state.json");
  ASSERT_TRUE(state.best_model_checkpoint);
  EXPECT_EQ(bytes_of(folder.path() / "out" / "model.safetensors"), bytes_of(fs::path(*state.best_model_checkpoint) / "model.safetensors"));
  double best = -1;
  for (const Json& record : state.log_history) best = std::max(best, record.value("eval_dev_average_precision", -1.0));
  EXPECT_EQ(*state.best_metric, best);
}

TEST(Trainer, the_folder_holds_the_model_its_card_the_curves_and_the_logs) {
  const TestFolder folder;
  Recipe recipe = small_recipe(folder.path() / "out");
  add_evaluator(recipe);
  run(recipe);
  for (const char* name :
       {"model.safetensors", "config.json", "tokenizer.json", "README.md", "training.svg", "trainer_state.json", "runs", "eval"}) {
    EXPECT_TRUE(fs::exists(folder.path() / "out" / name)) << name;
  }
  const std::string card = bytes_of(folder.path() / "out" / "README.md");
  EXPECT_NE(card.find("BinaryCrossEntropyLoss"), std::string::npos);
  EXPECT_NE(card.find("dev_average_precision"), std::string::npos);
}

TEST(Trainer, a_loss_that_is_no_number_names_the_step_and_the_rows) {
  const TestFolder folder;
  Recipe recipe = small_recipe(folder.path() / "out");
  recipe.model = with_a_number_that_is_none(folder.path() / "model").string();
  const std::string message = error_of(recipe);
  EXPECT_NE(message.find("the loss is "), std::string::npos) << message;
  EXPECT_NE(message.find("pairs.jsonl:"), std::string::npos) << message;
  EXPECT_FALSE(fs::exists(folder.path() / "out" / "model.safetensors"));
}

TEST(Trainer, rows_that_the_loss_cannot_take_end_the_run_before_its_first_step) {
  const TestFolder folder;
  Recipe recipe = small_recipe(folder.path() / "out");
  const fs::path data = folder.path() / "bad.jsonl";
  const auto message_for = [&](const std::string& lines) {
    std::ofstream(data) << lines;
    recipe.train_dataset.path = data.string();
    return error_of(recipe);
  };
  const std::string good = R"({"query": "q", "document": "d", "label": 1})"
                           "\n";
  EXPECT_NE(message_for(good + R"({"query": "q", "document": "d", "label": 7})").find("bad.jsonl:2"), std::string::npos);
  EXPECT_NE(message_for(good + R"({"query": "q", "document": 5, "label": 1})").find("bad.jsonl:2"), std::string::npos);
  EXPECT_NE(message_for(good + R"({"query": "q", "document": "d"})").find("bad.jsonl:2"), std::string::npos);
  EXPECT_NE(message_for(R"({"query": "q", "label": 1})").find("bad.jsonl:1"), std::string::npos);
  EXPECT_NE(message_for("").find("no rows"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder.path() / "out" / "checkpoint-4"));
}

TEST(Trainer, a_metric_that_no_evaluator_has_is_an_error_before_the_first_step) {
  const TestFolder folder;
  Recipe recipe = small_recipe(folder.path() / "out");
  add_evaluator(recipe);
  recipe.places["metric_for_best_model"] = "r.toml:7: metric_for_best_model";
  recipe.metric_for_best_model = "dev_averge_precision";
  EXPECT_EQ(error_of(recipe),
            "r.toml:7: metric_for_best_model: \"dev_averge_precision\" is no metric of this run; nearest: dev_average_precision; there are "
            "dev_accuracy, dev_accuracy_threshold, dev_f1, dev_f1_threshold, dev_precision, dev_recall, dev_average_precision");
  recipe.metric_for_best_model = "runtime";  // in the record of an evaluation, but no measure of the model
  EXPECT_NE(error_of(recipe).find("is no metric of this run"), std::string::npos);
  recipe.evaluators.clear();
  recipe.eval_strategy = "no";
  recipe.load_best_model_at_end = false;
  EXPECT_NE(error_of(recipe).find("nothing is evaluated"), std::string::npos) << error_of(recipe);
  EXPECT_FALSE(fs::exists(folder.path() / "out"));
}

TEST(Trainer, a_metric_may_have_the_name_that_it_has_in_the_log) {
  const TestFolder folder;
  Recipe recipe = small_recipe(folder.path() / "out");
  add_evaluator(recipe);
  recipe.metric_for_best_model = "eval_dev_average_precision";
  EXPECT_EQ(error_of(recipe), "no error");
  EXPECT_TRUE(read_trainer_state(folder.path() / "out" / "trainer_state.json").best_metric);
}

TEST(Trainer, a_run_whose_best_model_is_chosen_by_the_loss_ends_though_its_evaluators_run_once_more) {
  const TestFolder folder;
  Recipe recipe = small_recipe(folder.path() / "out");
  add_evaluator(recipe);
  recipe.eval_dataset = recipe.train_dataset;
  recipe.metric_for_best_model = "loss";
  recipe.load_best_model_at_end = false;
  recipe.eval_steps = 5;  // the last step, 12, has no evaluation of its own
  EXPECT_EQ(error_of(recipe), "no error");
  EXPECT_TRUE(fs::exists(folder.path() / "out" / "README.md"));
}

TEST(Trainer, the_loss_of_an_evaluation_set_is_logged) {
  const TestFolder folder;
  Recipe recipe = small_recipe(folder.path() / "out");
  recipe.eval_dataset = recipe.train_dataset;
  recipe.eval_strategy = "steps";
  recipe.eval_steps = 12;
  std::optional<double> loss;
  for (const Json& record : run(recipe)) {
    if (record.contains("eval_loss")) loss = record["eval_loss"].get<double>();
  }
  ASSERT_TRUE(loss);
  EXPECT_GT(*loss, 0);
}

TEST(Trainer, cached_negatives_give_the_losses_of_those_that_are_not) {
  const TestFolder folder;
  Recipe plain = small_recipe(folder.path() / "plain");
  plain.train_dataset.path = "tests/goldens/training/triplets.jsonl";
  plain.loss = "MultipleNegativesRankingLoss";
  Recipe cached = plain;
  cached.output_dir = (folder.path() / "cached").string();
  cached.loss = "CachedMultipleNegativesRankingLoss";
  cached.loss_parameters = {{"mini_batch_size", 3}};
  const std::vector<Json> expected = run(plain), records = run(cached);
  ASSERT_EQ(records.size(), expected.size());
  for (size_t i = 0; i + 1 < records.size(); ++i) {
    EXPECT_NEAR(records[i]["loss"].get<double>(), expected[i]["loss"].get<double>(), 1e-5) << i;
  }
}

}  // namespace
}  // namespace crossrank
