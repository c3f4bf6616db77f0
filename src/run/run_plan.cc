#include "run/run_plan.h"

#include <algorithm>
#include <cmath>

namespace crossrank {

int64_t whole_steps(double steps, int64_t max_steps) {
  return static_cast<int64_t>(steps < 1 ? std::ceil(static_cast<double>(max_steps) * steps) : steps);
}

RunPlan RunPlan::of(int64_t batches_per_epoch, int64_t accumulation, double epochs, int64_t max_steps) {
  RunPlan plan;
  plan.batches_per_epoch = batches_per_epoch;
  plan.steps_per_epoch = std::max<int64_t>((batches_per_epoch + accumulation - 1) / accumulation, 1);
  if (max_steps > 0) {
    plan.max_steps = max_steps;
    plan.epochs = (max_steps + plan.steps_per_epoch - 1) / plan.steps_per_epoch;
  } else {
    plan.max_steps = static_cast<int64_t>(std::ceil(epochs * static_cast<double>(plan.steps_per_epoch)));
    plan.epochs = static_cast<int64_t>(std::ceil(epochs));
  }
  return plan;
}

int64_t RunPlan::batches_of_step(int64_t step, int64_t accumulation) const {
  return std::min(accumulation, batches_per_epoch - step * accumulation);
}

double RunPlan::epoch_at(int64_t epoch, int64_t batches) const {
  return static_cast<double>(epoch) + static_cast<double>(batches) / static_cast<double>(std::max<int64_t>(batches_per_epoch, 1));
}

}  // namespace crossrank
