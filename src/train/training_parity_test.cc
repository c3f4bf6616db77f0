// Whole runs against the reference's trainer: tests/goldens/training, made by tools/make_training_goldens.py. Fifty steps from the same
// weights and rows: loss of every step within 1e-3, gradient norms within 5e-3 (relative), learning rates equal, trained logits within
// 5e-3. The reference moves by up to 6e-6 when its weights are moved by 1e-6, so the bounds leave room for other orders of summation and no
// more.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include "base/json.h"
#include "base/test_folder.h"
#include "crossrank/reranker.h"
#include "train/recipe.h"
#include "train/trainer.h"

namespace crossrank {
namespace {

const std::filesystem::path kGoldens = "tests/goldens/training";

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

// Names of the runs: the files that hold a log.
std::vector<std::string> runs() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kGoldens)) {
    if (entry.path().extension() == ".json" && text_of(entry.path()).find("\"trained_logits\"") != std::string::npos) {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class TrainingParity : public testing::TestWithParam<std::string> {};

// The golden's recipe, saved where the folder is.
Recipe recipe_of(const Json& golden, const std::filesystem::path& output) {
  Recipe recipe;
  recipe.model = (kGoldens / golden["model"].get<std::string>()).string();
  recipe.train_dataset.path = (kGoldens / golden["data"].get<std::string>()).string();
  recipe.output_dir = output.string();
  recipe.loss = golden["loss"]["name"];
  if (recipe.loss == "BinaryCrossEntropyLoss") recipe.loss_parameters = {{"pos_weight", golden["loss"]["config"]["pos_weight"]}};
  if (recipe.loss == "MultipleNegativesRankingLoss") recipe.loss_parameters = {{"num_negatives", "none"}};
  recipe.save_strategy = "no";
  recipe.use_cpu = true;
  for (const auto& [key, value] : golden["recipe"].items()) {
    set_recipe_key(recipe, key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return recipe;
}

std::vector<double> logits_of(const std::filesystem::path& model) {
  std::vector<std::string> queries, documents;
  std::stringstream lines(text_of(kGoldens / "probe.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const Json pair = Json::parse(line);
    queries.push_back(pair["query"]);
    documents.push_back(pair["document"]);
  }
  std::vector<TextPair> pairs;
  for (size_t i = 0; i < queries.size(); ++i) pairs.push_back({queries[i], documents[i]});
  LoadOptions options;
  options.precision = Precision::kFp32;
  const Reranker reranker = Reranker::load(model.string(), options);
  std::vector<double> logits;
  for (const Score& score : reranker.predict(pairs)) logits.push_back(score.logit);
  return logits;
}

std::vector<double> centred(std::vector<double> values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  for (double& value : values) value -= mean;
  return values;
}

TEST_P(TrainingParity, fifty_steps_are_those_of_the_reference) {
  const Json golden = Json::parse(text_of(kGoldens / (GetParam() + ".json")));
  const TestFolder folder;
  const Recipe recipe = recipe_of(golden, folder.path() / "out");
  std::vector<Json> log;
  const auto processes = Processes::join({}, false);
  train(recipe, *processes, {.step = {}, .log = [&](const Json& record, bool) { log.push_back(record); }, .stage = {}, .say = {}});

  const Json& expected = golden["log"];
  ASSERT_GE(log.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(log[i]["step"], expected[i]["step"]);
    EXPECT_NEAR(log[i]["epoch"].get<double>(), expected[i]["epoch"].get<double>(), 1e-9) << i;
    EXPECT_NEAR(log[i]["learning_rate"].get<double>(), expected[i]["learning_rate"].get<double>(), 1e-12) << i;
    const double loss = expected[i]["loss"], norm = expected[i]["grad_norm"];
    EXPECT_NEAR(log[i]["loss"].get<double>(), loss, 1e-3 * std::abs(loss)) << i;
    EXPECT_NEAR(log[i]["grad_norm"].get<double>(), norm, 5e-3 * norm) << i;
  }
  std::vector<double> ours = logits_of(folder.path() / "out"), theirs = golden["trained_logits"];
  if (golden["free_constant"].get<bool>()) {  // the loss sees differences of logits alone
    ours = centred(ours);
    theirs = centred(theirs);
  }
  ASSERT_EQ(ours.size(), theirs.size());
  for (size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], theirs[i], 5e-3) << i;
}

INSTANTIATE_TEST_SUITE_P(Runs, TrainingParity, testing::ValuesIn(runs()), [](const auto& run) {
  std::string name = run.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace crossrank
