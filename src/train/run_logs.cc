#include "train/run_logs.h"

#include <string>

#include "base/atomic_file.h"
#include "run/curves_svg.h"

namespace crossrank {

RunLogs::RunLogs(const Recipe& recipe, const TrainerState& state) : recipe_(recipe) {
  const double time = wall_time_now();
  tensorboard_ = std::make_unique<TensorboardWriter>(tensorboard_folder(recipe.output_dir, time), time);
  tensorboard_->add_text("args", recipe.to_json().dump(2), state.global_step, time);
}

void RunLogs::add(const Json& record, const TrainerState& state) {
  tensorboard_->add_record(record, wall_time_now());
  if (record.contains("eval_runtime")) draw(state);
}

void RunLogs::finish(const TrainerState& state) { draw(state); }

void RunLogs::draw(const TrainerState& state) const {
  write_file(std::filesystem::path(recipe_.output_dir) / "training.svg",
             curves_svg(state.log_history, {.title = recipe_.run_name.value_or(""),
                                            .best_metric = recipe_.metric_for_best_model.value_or(""),
                                            .best_step = state.best_global_step,
                                            .metrics = {},
                                            .max_steps = state.max_steps}));
}

}  // namespace crossrank
