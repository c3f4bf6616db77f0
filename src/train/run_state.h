// RunState: what a checkpoint holds beside the model, so that a run goes on with the same next losses.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "run/trainer_state.h"
#include "torch/processes.h"
#include "torch/torch_model.h"
#include "train/optimizer.h"

namespace crossrank {

/// What is between two logged steps.
struct PendingLog {
  double loss_sum = 0;         // of this process, since the last record
  double logged_loss_sum = 0;  // of all records so far, over all processes
  int64_t last_logged_step = 0;
};

/// Seconds that the run has taken, the parts before a cut too.
struct RunTimes {
  double all = 0, evaluation = 0;
};

/// The parts of a run that change with its steps. Pointers to what the trainer holds.
struct RunState {
  const TorchModel* model;
  Optimizer* optimizer;
  TrainerState* state;
  PendingLog* pending;
  RunTimes* times;
  double loss_scale = 1;
};

/// Fills `folder`, which is there and empty, on the first process; the others take part by giving their random states. Files: the model's,
/// optimizer.safetensors (moments), run_state.json (counts, sums, random states), trainer_state.json. Error(kIo).
void write_run_state(const RunState& run, Processes& processes, const std::filesystem::path& folder);

/// Takes up what was written, on every process. Error(kInput, kModel) names the file where it is of another model or another number of
/// processes.
void read_run_state(RunState& run, TorchModel& model, Processes& processes, const std::filesystem::path& folder);

}  // namespace crossrank
