// Trainer: a recipe's run, from its first step to its last: batches, steps, evaluations, checkpoints, logs, the finished folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "crossrank/reranker.h"
#include "run/train_log.h"
#include "torch/processes.h"
#include "train/recipe.h"

namespace crossrank {

/// What the run tells while it goes. Only the first process's are called.
struct TrainEvents {
  std::function<void(const TrainProgress&)> step = {};
  /// A record of log_history: {"loss", "grad_norm", "learning_rate", "epoch", "step"} and the like; whether it is the best evaluation so
  /// far.
  std::function<void(const Json& record, bool is_best)> log = {};
  /// Long work beside steps: reading, evaluating. The progress that it reports to.
  std::function<Progress(std::string_view what)> stage = {};
  /// A sentence for a person.
  std::function<void(const std::string& sentence)> say = {};
};

/// Trains, and leaves in recipe.output_dir the model (the best one where the recipe says so), its card, checkpoints and logs.
/// Error(kUsage, kInput, kModel) for a recipe that cannot work, before the first step; Error(kModel) where the loss is no number, with the
/// step and the rows; Error(kIo) where a file cannot be written or a process is lost: the last checkpoint stays good.
void train(const Recipe& recipe, Processes& processes, const TrainEvents& events);

}  // namespace crossrank
