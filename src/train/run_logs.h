// RunLogs: the files that a run writes as it goes: TensorBoard's events and the curves.
#pragma once

#include <memory>

#include "base/json.h"
#include "run/tensorboard_writer.h"
#include "run/trainer_state.h"
#include "train/recipe.h"

namespace crossrank {

/// In recipe.output_dir: runs/TIME_HOST/events.out.tfevents.*, training.svg. Of the first process alone.
class RunLogs {
 public:
  RunLogs(const Recipe& recipe, const TrainerState& state);

  /// A record that was just added to the state's history.
  void add(const Json& record, const TrainerState& state);
  void finish(const TrainerState& state);

 private:
  void draw(const TrainerState& state) const;

  const Recipe& recipe_;
  std::unique_ptr<TensorboardWriter> tensorboard_;
};

}  // namespace crossrank
