#include "run/run_plan.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(RunPlan, epochs_are_cut_into_steps_and_the_last_takes_what_is_left) {
  const RunPlan plan = RunPlan::of(10, 4, 3, -1);
  EXPECT_EQ(plan.steps_per_epoch, 3);
  EXPECT_EQ(plan.max_steps, 9);
  EXPECT_EQ(plan.epochs, 3);
  EXPECT_EQ(plan.batches_of_step(0, 4), 4);
  EXPECT_EQ(plan.batches_of_step(2, 4), 2);
}

TEST(RunPlan, max_steps_goes_before_epochs) {
  const RunPlan plan = RunPlan::of(10, 4, 3, 7);
  EXPECT_EQ(plan.max_steps, 7);
  EXPECT_EQ(plan.epochs, 3);
}

TEST(RunPlan, a_part_of_an_epoch_is_rounded_up_to_a_step) {
  const RunPlan plan = RunPlan::of(9, 2, 0.5, -1);
  EXPECT_EQ(plan.max_steps, 3);
  EXPECT_EQ(plan.epochs, 1);
  EXPECT_DOUBLE_EQ(plan.epoch_at(0, 6), 6.0 / 9);
}

}  // namespace
}  // namespace crossrank
