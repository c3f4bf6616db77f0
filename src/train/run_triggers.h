// RunTriggers: after which steps and epochs a run logs, evaluates and saves: the reference's DefaultFlowCallback.
#pragma once

#include <cstdint>

#include "run/trainer_state.h"
#include "train/recipe.h"

namespace crossrank {

/// What is due now.
struct Due {
  bool log = false, evaluate = false, save = false;
};

/// Immutable.
class RunTriggers {
 public:
  /// Steps below 1 in the recipe are shares of max_steps, rounded up.
  RunTriggers(const Recipe& recipe, int64_t max_steps);

  Due after_step(int64_t step) const;
  /// `epoch` epochs are done.
  Due after_epoch(double epoch) const;

  int64_t logging_steps() const { return logging_steps_; }
  int64_t eval_steps() const { return eval_steps_; }
  int64_t save_steps() const { return save_steps_; }

 private:
  enum class When { kNever, kSteps, kEpoch, kBest };
  static When when(const std::string& strategy);

  When log_, evaluate_, save_;
  int64_t logging_steps_, eval_steps_, save_steps_, max_steps_;
  double eval_delay_;
  bool first_step_;
};

}  // namespace crossrank
