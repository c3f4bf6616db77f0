#include "train/run_triggers.h"

#include "run/run_plan.h"

namespace crossrank {
namespace {

bool is_multiple(int64_t step, int64_t of) { return of > 0 && step % of == 0; }

}  // namespace

RunTriggers::When RunTriggers::when(const std::string& strategy) {
  if (strategy == "steps") return When::kSteps;
  if (strategy == "epoch") return When::kEpoch;
  return strategy == "best" ? When::kBest : When::kNever;
}

RunTriggers::RunTriggers(const Recipe& recipe, int64_t max_steps)
    : log_(when(recipe.logging_strategy)),
      evaluate_(when(recipe.eval_strategy)),
      save_(when(recipe.save_strategy)),
      logging_steps_(whole_steps(recipe.logging_steps, max_steps)),
      eval_steps_(whole_steps(recipe.evaluation_steps(), max_steps)),
      save_steps_(whole_steps(recipe.save_steps, max_steps)),
      max_steps_(max_steps),
      eval_delay_(recipe.eval_delay),
      first_step_(recipe.logging_first_step) {}

Due RunTriggers::after_step(int64_t step) const {
  Due due;
  due.log = (step == 1 && first_step_) || (log_ == When::kSteps && is_multiple(step, logging_steps_));
  due.evaluate = evaluate_ == When::kSteps && is_multiple(step, eval_steps_) && eval_delay_ <= static_cast<double>(step);
  due.save = save_ == When::kSteps && (is_multiple(step, save_steps_) || step >= max_steps_);
  return due;
}

Due RunTriggers::after_epoch(double epoch) const {
  return {log_ == When::kEpoch, evaluate_ == When::kEpoch && eval_delay_ <= epoch, save_ == When::kEpoch};
}

}  // namespace crossrank
