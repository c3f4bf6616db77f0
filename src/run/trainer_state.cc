#include "run/trainer_state.h"

#include <cmath>
#include <limits>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/mapped_file.h"

namespace crossrank {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr size_t kMaxStateBytes = size_t{1} << 30;  // a record a step, a million steps

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

// As the reference's speed_metrics rounds them.
void add_speed(Json& record, const std::string& part, const RunSpeed& speed) {
  record[part + "_runtime"] = rounded(speed.seconds, 4);
  if (speed.seconds <= 0) return;
  record[part + "_samples_per_second"] = rounded(static_cast<double>(speed.samples) / speed.seconds, 3);
  record[part + "_steps_per_second"] = rounded(static_cast<double>(speed.steps) / speed.seconds, 3);
}

}  // namespace

bool TrainerState::offer_best(double value, bool greater_is_better) {
  const bool better = !std::isnan(value) && (!best_metric || (greater_is_better ? value > *best_metric : value < *best_metric));
  if (!better) return false;
  best_metric = value;
  best_global_step = global_step;
  return true;
}

const Json& TrainerState::log(Json record) {
  record["epoch"] = epoch;
  record["step"] = global_step;
  return log_history.emplace_back(std::move(record));
}

Json TrainerState::to_json() const {
  const Json control = {{"should_epoch_stop", false},
                        {"should_evaluate", false},
                        {"should_log", false},
                        {"should_save", true},
                        {"should_training_stop", finished}};
  return {{"best_global_step", or_null(best_global_step)},
          {"best_metric", or_null(best_metric)},
          {"best_model_checkpoint", or_null(best_model_checkpoint)},
          {"epoch", epoch},
          {"eval_steps", eval_steps},
          {"global_step", global_step},
          {"is_hyper_param_search", false},
          {"is_local_process_zero", true},
          {"is_world_process_zero", true},
          {"log_history", log_history},
          {"logging_steps", logging_steps},
          {"max_steps", max_steps},
          {"num_input_tokens_seen", num_input_tokens_seen},
          {"num_train_epochs", num_train_epochs},
          {"save_steps", save_steps},
          {"stateful_callbacks", {{"TrainerControl", {{"args", control}, {"attributes", Json::object()}}}}},
          {"total_flos", total_flos},
          {"train_batch_size", or_null(train_batch_size)},
          {"trial_name", nullptr},
          {"trial_params", nullptr}};
}

TrainerState TrainerState::from_json(const Json& json, const std::string& where) {
  const JsonObject object(json, where, ErrorCode::kInput);
  TrainerState state;
  state.epoch = object.number("epoch");
  state.global_step = object.integer("global_step", 0, kMax);
  state.max_steps = object.integer("max_steps", 0, kMax);
  state.num_train_epochs = object.integer("num_train_epochs", 0, kMax);
  state.logging_steps = object.number("logging_steps", state.logging_steps);
  state.eval_steps = object.number("eval_steps", state.eval_steps);
  state.save_steps = object.number("save_steps", state.save_steps);
  if (object.has("train_batch_size")) state.train_batch_size = object.integer("train_batch_size", 1, kMax);
  state.num_input_tokens_seen = object.integer("num_input_tokens_seen", 0, kMax, 0);
  state.total_flos = object.number("total_flos", 0);
  if (object.has("best_metric")) state.best_metric = object.number("best_metric");
  if (object.has("best_global_step")) state.best_global_step = object.integer("best_global_step", 0, kMax);
  if (object.has("best_model_checkpoint")) state.best_model_checkpoint = object.string("best_model_checkpoint");
  const Json& history = object.array("log_history");
  for (const Json& record : history) {
    if (!record.is_object() || !record.contains("step")) throw object.bad_field("log_history", "holds a record without a step");
    state.log_history.push_back(record);
  }
  static const Json::json_pointer stop("/stateful_callbacks/TrainerControl/args/should_training_stop");
  if (json.contains(stop) && json.at(stop).is_boolean()) state.finished = json.at(stop).get<bool>();
  return state;
}

void write_trainer_state(const TrainerState& state, const std::filesystem::path& file) { write_file(file, state.to_json().dump(2) + "\n"); }

TrainerState read_trainer_state(const std::filesystem::path& file) {
  return TrainerState::from_json(parse_json(read_file(file, kMaxStateBytes), file.string(), ErrorCode::kInput), file.string());
}

Json training_record(double loss, double grad_norm, double learning_rate) {
  return {{"loss", loss}, {"grad_norm", grad_norm}, {"learning_rate", learning_rate}};
}

Json evaluation_record(std::optional<double> loss, std::span<const Metric> metrics, const RunSpeed& speed) {
  Json record = Json::object();
  if (loss) record["eval_loss"] = *loss;
  for (const Metric& metric : metrics) record[evaluation_key(metric.name)] = metric.value;
  add_speed(record, "eval", speed);
  return record;
}

Json final_record(double train_loss, double total_flos, const RunSpeed& speed) {
  Json record = {{"train_loss", train_loss}, {"total_flos", total_flos}};
  add_speed(record, "train", speed);
  return record;
}

std::string evaluation_key(const std::string& metric) { return metric.starts_with("eval_") ? metric : "eval_" + metric; }

}  // namespace crossrank
