// RunPlan: how many batches, steps and epochs a run has, as Transformers' Trainer counts them.
#pragma once

#include <cstdint>

namespace crossrank {

/// Steps of a recipe: from 1 on `steps` itself, below that the share of all, rounded up (the reference's get_warmup_steps).
int64_t whole_steps(double steps, int64_t max_steps);

struct RunPlan {
  int64_t batches_per_epoch = 0;  // of one process
  int64_t steps_per_epoch = 0;    // of the optimizer
  int64_t max_steps = 0;
  int64_t epochs = 0;  // the last one may be cut short

  /// `max_steps` above 0 goes before `epochs`.
  static RunPlan of(int64_t batches_per_epoch, int64_t accumulation, double epochs, int64_t max_steps);

  /// Batches of step `step` of an epoch: the last one takes what is left.
  int64_t batches_of_step(int64_t step, int64_t accumulation) const;
  /// The epoch, with its part that is done, after `batches` batches of epoch `epoch`.
  double epoch_at(int64_t epoch, int64_t batches) const;
};

}  // namespace crossrank
