#include "train/finished_folder.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "base/atomic_file.h"
#include "base/error.h"
#include "cpu/dense.h"
#include "hub/hub.h"
#include "run/card/architecture.h"
#include "torch/libtorch_version.h"
#include "train/hardware.h"
#include "train/hub_push.h"

namespace crossrank {
namespace {

constexpr size_t kExamples = 5;           // in the card, as in the reference's
constexpr int64_t kRowsForExamples = 50;  // a data set may repeat its rows

// The model as save() makes it, in a folder beside, then file by file into its place.
void write_model(const TorchModel& model, const std::filesystem::path& output_dir) {
  const std::filesystem::path beside = output_dir / ".model.tmp";
  std::filesystem::remove_all(beside);
  std::filesystem::create_directories(beside);
  model.save(beside);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(beside)) {
    const std::filesystem::path target = output_dir / std::filesystem::relative(entry.path(), beside);
    if (entry.is_directory()) {
      std::filesystem::create_directories(target);
    } else {
      std::filesystem::rename(entry.path(), target);
    }
  }
  std::filesystem::remove_all(beside);
}

// The first different pairs of the data set as the model scores them now: the usage example.
std::vector<CardExample> examples_of(const TrainingSetup& setup) {
  std::vector<CardExample> examples;
  BatchRows rows;
  for (int64_t row = 0; row < std::min(setup.data->rows(), kRowsForExamples); ++row) rows.push_back(row);
  const LossBatch texts = setup.data->batch(rows);
  MersenneTwister random(0);
  const std::vector<TextPair> pairs = setup.loss->pairs(texts, random);
  std::vector<TextPair> first;
  for (const TextPair& pair : pairs) {
    const auto same = [&](const TextPair& other) { return other.query == pair.query && other.document == pair.document; };
    if (first.size() < kExamples && std::none_of(first.begin(), first.end(), same)) first.push_back(pair);
  }
  const PairScores scores = setup.scorer->local_scores(first);
  for (size_t i = 0; i < first.size(); ++i) {
    CardExample example{std::string(first[i].query), std::string(first[i].document), {}};
    for (int label = 0; label < scores.num_labels; ++label) {
      example.scores.push_back(scores.values[i * static_cast<size_t>(scores.num_labels) + static_cast<size_t>(label)]);
    }
    examples.push_back(std::move(example));
  }
  return examples;
}

// A card is for everybody, and where the folder lies on this machine is nobody's business.
std::string folder_name(const std::filesystem::path& folder) {
  return std::filesystem::absolute(folder / "").lexically_normal().parent_path().filename().string();
}

CardDataset card_dataset(const RecipeDataset& dataset, const TrainData& data, const DatasetSummary& summary, const std::string& commit) {
  CardDataset card;
  const bool on_hub = !std::filesystem::exists(dataset.path) && is_repo_id(dataset.path);
  card.name = dataset.name.empty() ? std::filesystem::path(dataset.path).stem().string() : dataset.name;
  if (on_hub) {
    card.hub_id = dataset.path;
    card.name = dataset.name.empty() ? dataset.path : dataset.name;
    card.revision = commit;
  }
  card.config = dataset.config;
  card.size = data.rows();
  card.summary = summary;
  return card;
}

}  // namespace

std::vector<CardLogRow> card_log(const TrainerState& state, const Evaluations& evaluations) {
  std::vector<Metric> primaries;
  for (const EvaluationResult& result : evaluations.results) {
    for (const Metric& metric : result.metrics) {
      if (metric.name == result.primary_metric) primaries.push_back(metric);
    }
  }
  std::vector<CardLogRow> rows;
  for (const Json& record : state.log_history) {
    CardLogRow row;
    row.epoch = record.value("epoch", -1.0);
    row.step = record.value("step", int64_t{-1});
    const auto add = [&](const std::string& key, const Metric& as) {
      if (!record.contains(key) || !record[key].is_number()) return;
      row.values.push_back(as);
      row.values.back().value = record[key].get<double>();
    };
    add("loss", {.name = "Training Loss"});
    add("eval_loss", {.name = "Validation Loss"});
    for (const Metric& metric : primaries) add("eval_" + metric.name, metric);
    if (row.values.empty()) continue;
    if (!rows.empty() && rows.back().step == row.step) {
      for (Metric& metric : row.values) rows.back().values.push_back(std::move(metric));
    } else {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

ModelCard card_of(const FinishedRun& run) {
  const Recipe& recipe = run.recipe;
  const TrainingSetup& setup = run.setup;
  ModelCard card;
  card.model_id = recipe.hub_model_id.value_or("");
  card.model_name = recipe.model_card.model_name;
  if (std::filesystem::exists(recipe.model)) {
    card.base_model = recipe.model_card.base_model.empty() ? folder_name(recipe.model) : recipe.model_card.base_model;
    if (is_repo_id(recipe.model_card.base_model)) card.base_model_id = recipe.model_card.base_model;
  } else {
    card.base_model = card.base_model_id = recipe.model;
    card.base_model_revision = setup.model->description().folder.filename().string();  // of the Hub's cache: snapshots/COMMIT
  }
  card.max_length = recipe.max_length > 0 ? recipe.max_length : setup.model->description().max_length;
  card.num_labels = setup.model->description().head.num_outputs;
  card.architecture = architecture_text(setup.model->description());
  card.language = recipe.model_card.language;
  card.tags = recipe.model_card.tags;
  card.license = recipe.model_card.license;
  card.task = recipe.model_card.task_name;
  card.examples = examples_of(setup);
  card.train_datasets = {card_dataset(recipe.train_dataset, *setup.data, setup.data_summary, setup.data_commit)};
  if (setup.eval_data) card.eval_datasets = {card_dataset(*recipe.eval_dataset, *setup.eval_data, setup.eval_summary, setup.eval_commit)};
  card.loss = {std::string(setup.loss->name()), setup.loss->config(), std::string(setup.loss->citation())};
  for (size_t i = 0; i < run.evaluations.results.size(); ++i) {
    const Evaluator& evaluator = *setup.evaluators[i];
    card.evaluations.push_back({evaluator.name(), std::string(evaluator.description()), evaluator.config(), run.evaluations.results[i]});
  }
  card.all_hyperparameters = all_hyperparameters(recipe);
  card.non_default_hyperparameters = non_default_hyperparameters(recipe);
  card.log = card_log(run.state, run.evaluations);
  card.saved_step = run.saved_step;
  card.hardware = training_hardware(setup.model->device().is_cpu() ? 0 : run.processes);
  card.training_seconds = run.times.all - run.times.evaluation;
  card.evaluation_seconds = run.times.evaluation;
  card.versions = {{"crossrank", CROSSRANK_VERSION}, {"libtorch", libtorch_version()}, {"oneDNN", onednn_version()}};
  return card;
}

void write_finished_folder(const FinishedRun& run, const std::function<void(const std::string& sentence)>& say) {
  const std::filesystem::path folder = run.recipe.output_dir;
  try {
    write_model(*run.setup.model, folder);
  } catch (const std::filesystem::filesystem_error& problem) {
    throw error(ErrorCode::kIo, "{}: {}; the last checkpoint holds the model", folder.string(), problem.code().message());
  }
  write_file(folder / "README.md", to_markdown(card_of(run)));
  write_trainer_state(run.state, folder / "trainer_state.json");
  if (run.recipe.push_to_hub) push_trained(run.recipe, say);
}

}  // namespace crossrank
