// TrainerState: where a run is, as the reference's trainer_state.json holds it; and the records of its log_history.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "eval/evaluator.h"

namespace crossrank {

struct TrainerState {
  double epoch = 0;
  int64_t global_step = 0;
  int64_t max_steps = 0;
  int64_t num_train_epochs = 0;
  double logging_steps = 500, eval_steps = 500, save_steps = 500;
  std::optional<int64_t> train_batch_size = {};
  int64_t num_input_tokens_seen = 0;
  double total_flos = 0;
  std::optional<double> best_metric = {};
  std::optional<int64_t> best_global_step = {};
  std::optional<std::string> best_model_checkpoint = {};
  bool finished = false;  // stands under stateful_callbacks, as should_training_stop
  std::vector<Json> log_history = {};

  /// Takes `value` as the best one where it is better than all before; true where it is. NaN never is.
  bool offer_best(double value, bool greater_is_better);
  /// Adds a record with the state's epoch and step.
  const Json& log(Json record);

  /// The reference's keys, all of them.
  Json to_json() const;
  /// Error(kInput) that names file and field. Keys that a later reference adds are passed over.
  static TrainerState from_json(const Json& json, const std::string& where);
};

/// trainer_state.json as the reference lays it out: keys sorted, two spaces, a newline. It appears whole.
void write_trainer_state(const TrainerState& state, const std::filesystem::path& file);
TrainerState read_trainer_state(const std::filesystem::path& file);

/// How long a part of the run took, and how much went through it.
struct RunSpeed {
  double seconds = 0;
  int64_t samples = 0, steps = 0;
};

/// {"loss", "grad_norm", "learning_rate"} of a logged step.
Json training_record(double loss, double grad_norm, double learning_rate);
/// {"eval_NAME": value.., "eval_runtime", "eval_samples_per_second", "eval_steps_per_second"}; `loss` where there is an evaluation set.
Json evaluation_record(std::optional<double> loss, std::span<const Metric> metrics, const RunSpeed& speed);
/// {"train_runtime", "train_samples_per_second", "train_steps_per_second", "total_flos", "train_loss"}, the last record of a run.
Json final_record(double train_loss, double total_flos, const RunSpeed& speed);

/// The key of metric_for_best_model in a record: with "eval_" before it.
std::string evaluation_key(const std::string& metric);

}  // namespace crossrank
