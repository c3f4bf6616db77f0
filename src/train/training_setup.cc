#include "train/training_setup.h"

#include <algorithm>

#include "base/error.h"
#include "rank/resolve_model.h"
#include "torch/libtorch_version.h"
#include "torch/random_state.h"
#include "train/hub_push.h"
#include "train/recipe_evaluators.h"

namespace crossrank {
namespace {

c10::Device device_of(const Recipe& recipe, const Processes& processes) {
  if (recipe.use_cpu || !cuda_is_available()) return c10::kCPU;
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(processes.local_rank())};
}

TorchModelOptions model_options(const Recipe& recipe, const Processes& processes) {
  TorchModelOptions options;
  options.num_labels = static_cast<int>(recipe.num_labels);
  options.seed = static_cast<uint64_t>(recipe.seed);
  options.config_kwargs = recipe.config_kwargs;
  options.freeze = recipe.freeze;
  options.max_length = static_cast<int>(recipe.max_length);
  options.device = device_of(recipe, processes);
  options.gradient_checkpointing = recipe.gradient_checkpointing;
  if (recipe.fp16 && options.device.is_cpu()) {
    throw error(ErrorCode::kUsage, "{}: float16 needs CUDA, and there is none here; bf16 runs on CPUs too", recipe.place_of("fp16"));
  }
  options.precision = recipe.fp16 ? TrainPrecision::kF16 : recipe.bf16 ? TrainPrecision::kBf16 : TrainPrecision::kF32;
  return options;
}

struct ReadData {
  std::unique_ptr<TrainData> data;
  DatasetSummary summary;
  std::string commit;
};

ReadData read_data(const RecipeDataset& dataset, const Loss& loss, int num_labels) {
  const auto reader = DatasetReader::open(dataset.options());
  DatasetStatistics statistics(reader->columns(), length_in_characters(), {"label", "labels", "score", "scores"});
  TrainDataOptions options{.columns = dataset.columns, .max_rows = dataset.max_rows};
  options.on_row = [&](const DatasetRow& row) {
    if (statistics.wants_more()) statistics.add(row.values);
  };
  ReadData read;
  read.data = std::make_unique<TrainData>(TrainData::read(*reader, options, loss, num_labels));
  read.summary = statistics.summary();
  read.commit = reader->commit();
  return read;
}

BatchOrder make_order(const Recipe& recipe, const TrainData& data, const Processes& processes) {
  BatchOrderOptions options;
  options.rows = data.rows();
  options.batch_size = recipe.per_device_train_batch_size;
  // Several processes take turns at the batches, so all of them are full.
  options.drop_last = recipe.dataloader_drop_last || processes.size() > 1;
  options.sampler = recipe.batch_sampler == "no_duplicates"    ? BatchSampler::kNoDuplicates
                    : recipe.batch_sampler == "group_by_label" ? BatchSampler::kGroupByLabel
                                                               : BatchSampler::kBatchSampler;
  options.strategy = recipe.train_sampling_strategy == "sequential"        ? SamplingStrategy::kSequential
                     : recipe.train_sampling_strategy == "group_by_length" ? SamplingStrategy::kGroupByLength
                                                                           : SamplingStrategy::kRandom;
  options.group_size = recipe.per_device_train_batch_size * recipe.gradient_accumulation_steps;
  const bool own_seed = options.sampler == BatchSampler::kBatchSampler && recipe.data_seed.has_value();
  options.seed = static_cast<uint64_t>(own_seed ? *recipe.data_seed : recipe.seed);
  BatchOrderRows rows;
  rows.values = [&data](int64_t row) { return data.texts(row); };
  rows.label = [&data](int64_t row) { return data.label(row); };
  rows.length = [&data](int64_t row) { return data.text_bytes(row); };
  return BatchOrder(options, rows);
}

}  // namespace

TrainingSetup TrainingSetup::make(const Recipe& recipe, Processes& processes) {
  if (processes.is_first()) check_push(recipe);
  TrainingSetup setup;
  setup.loss = make_loss(recipe.loss, recipe.loss_parameters);
  const TorchModelOptions options = model_options(recipe, processes);
  setup.model = std::make_unique<TorchModel>(TorchModel::open(resolve_model(recipe.model, LoadOptions{}), options));
  setup.scorer = std::make_unique<ModelScorer>(*setup.model, processes, static_cast<int>(recipe.max_length));
  const int num_labels = setup.model->description().head.num_outputs;

  ReadData train = read_data(recipe.train_dataset, *setup.loss, num_labels);
  setup.data = std::move(train.data);
  setup.data_summary = std::move(train.summary);
  setup.data_commit = std::move(train.commit);
  if (recipe.eval_dataset) {
    ReadData eval = read_data(*recipe.eval_dataset, *setup.loss, num_labels);
    setup.eval_data = std::move(eval.data);
    setup.eval_summary = std::move(eval.summary);
    setup.eval_commit = std::move(eval.commit);
  }
  setup.evaluators = make_evaluators(recipe);
  check_best_metric(recipe, setup.evaluators, num_labels);
  setup.order = std::make_unique<BatchOrder>(make_order(recipe, *setup.data, processes));
  const int64_t batches = setup.order->batches_per_epoch() / processes.size();
  if (batches == 0) {
    throw error(ErrorCode::kInput, "{}: {} rows make no batch of {} for each of {} processes; take a smaller per_device_train_batch_size",
                recipe.train_dataset.path, setup.data->rows(), recipe.per_device_train_batch_size, processes.size());
  }
  setup.plan = RunPlan::of(batches, recipe.gradient_accumulation_steps, recipe.num_train_epochs, recipe.max_steps);
  setup.schedule = std::make_unique<Schedule>(ScheduleOptions{.type = recipe.lr_scheduler_type,
                                                              .kwargs = recipe.lr_scheduler_kwargs,
                                                              .learning_rate = recipe.learning_rate,
                                                              .warmup_steps = whole_steps(recipe.warmup(), setup.plan.max_steps),
                                                              .training_steps = setup.plan.max_steps});
  seed_everything(options.device, static_cast<uint64_t>(recipe.seed));
  return setup;
}

TrainBatch TrainingSetup::batch(const TrainData& from, const BatchRows& rows, uint64_t draw) const {
  TrainBatch batch{.rows = rows, .texts = from.batch(rows), .encodings = {}};
  MersenneTwister random(draw);
  const std::vector<TextPair> pairs = loss->pairs(batch.texts, random);
  batch.encodings.reserve(pairs.size());
  for (const TextPair& pair : pairs) batch.encodings.push_back(scorer->encode(pair));
  return batch;
}

}  // namespace crossrank
