// Tests of train_log.h.
#include "run/train_log.h"

#include <gtest/gtest.h>

#include <limits>

namespace crossrank {
namespace {

TEST(TrainLog, progress_names_loss_learning_rate_speed_and_time_left) {
  EXPECT_EQ(progress_text({.step = 120,
                           .max_steps = 9038,
                           .epoch = 0.0133,
                           .loss = 0.81234,
                           .learning_rate = 1.2e-5,
                           .pairs_per_second = 34.51,
                           .seconds_left = 5025}),
            "step 120/9038  epoch 0.01  loss 0.8123  lr 1.2e-05  34.5 pairs/s  1:23:45 left");
  EXPECT_EQ(progress_text({.step = 1, .max_steps = 2}).find("left"), std::string::npos);
}

TEST(TrainLog, durations_have_hours_only_where_there_are_some) {
  EXPECT_EQ(duration_text(0), "0:00");
  EXPECT_EQ(duration_text(245), "4:05");
  EXPECT_EQ(duration_text(3599.6), "1:00:00");
}

TEST(TrainLog, a_json_line_has_the_keys_of_the_reference_in_its_order) {
  EXPECT_EQ(log_line({{"step", 200}, {"loss", 0.5}, {"epoch", 0.25}, {"learning_rate", 2e-5}, {"grad_norm", 1.5}}),
            R"({"loss": 0.5, "grad_norm": 1.5, "learning_rate": 2e-05, "epoch": 0.25, "step": 200})");
  EXPECT_EQ(log_line({{"step", 1}, {"eval_loss", 0.5}, {"eval_dev_map", 0.75}, {"epoch", 0.25}}),
            R"({"eval_loss": 0.5, "eval_dev_map": 0.75, "epoch": 0.25, "step": 1})");
}

TEST(TrainLog, what_json_cannot_hold_is_null) {
  EXPECT_EQ(log_line({{"loss", std::numeric_limits<double>::infinity()}, {"step", 1}}), R"({"loss": null, "step": 1})");
}

TEST(TrainLog, columns_of_the_table_stand_below_their_names) {
  const TrainTable table("dev_ndcg@10");
  const std::string header = table.header();
  const std::string loss = table.row({{"loss", 0.123456}, {"grad_norm", 1.5}, {"learning_rate", 2e-5}, {"epoch", 0.5}, {"step", 200}});
  const std::string metric = table.row({{"eval_dev_ndcg@10", 0.71234}, {"epoch", 0.5}, {"step", 200}}, true);
  EXPECT_EQ(header, "    step     epoch        loss   grad norm  learning rate  dev_ndcg@10");
  EXPECT_EQ(loss, "     200    0.5000     0.12346         1.5          2e-05            -");
  EXPECT_EQ(metric, "     200    0.5000           -           -              -      0.71234 *");
  EXPECT_EQ(table.row({{"train_runtime", 1.0}, {"epoch", 1}, {"step", 400}}), "");
}

TEST(TrainClock, speed_and_time_left_are_those_of_the_last_minutes) {
  TrainClock clock(1000);
  EXPECT_LT(clock.seconds_left(), 0);
  clock.resume(100);
  double now = 100;
  for (int64_t step = 1; step <= 10; ++step) clock.step(step, 64, now += 10);  // a slow beginning
  for (int64_t step = 11; step <= 700; ++step) clock.step(step, 64, now += 1);
  EXPECT_NEAR(clock.pairs_per_second(), 64, 0.5);
  EXPECT_NEAR(clock.seconds_left(), 300, 3);
}

TEST(TrainClock, pauses_are_not_counted) {
  TrainClock clock(10);
  clock.resume(0);
  clock.step(1, 8, 1);
  clock.resume(500);  // an evaluation took eight minutes
  clock.step(2, 8, 501);
  EXPECT_NEAR(clock.pairs_per_second(), 8, 1e-9);
  EXPECT_NEAR(clock.seconds_left(), 8, 1e-9);
}

}  // namespace
}  // namespace crossrank
