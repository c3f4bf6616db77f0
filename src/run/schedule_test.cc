// Tests of schedule.h against transformers.get_scheduler; goldens by tools/make_schedule_goldens.py.
#include "run/schedule.h"

#include <gtest/gtest.h>

#include "base/mapped_file.h"
#include "run/run_plan.h"

namespace crossrank {
namespace {

Json golden() {
  static const Json json = parse_json(read_file("tests/goldens/train/schedules.json", 1 << 20), "schedules.json", ErrorCode::kInput);
  return json;
}

// The same formula in double; libm's cosine and Python's may differ in the last bit.
constexpr double kLastBits = 4e-16;

TEST(Schedule, learning_rates_are_those_of_transformers) {
  const Json goldens = golden();
  for (const Json& one : goldens.at("schedules")) {
    const Schedule schedule({.type = one.at("type"),
                             .kwargs = one.at("kwargs"),
                             .learning_rate = goldens.at("learning_rate"),
                             .warmup_steps = one.at("warmup"),
                             .training_steps = goldens.at("training_steps")});
    int64_t step = 0;
    for (const Json& expected : one.at("learning_rates")) {
      EXPECT_NEAR(schedule.learning_rate(step), expected.get<double>(), 2e-5 * kLastBits)
          << one.at("type") << one.at("kwargs") << " step " << step;
      ++step;
    }
  }
}

TEST(Schedule, warmup_below_one_is_a_share_of_the_steps_rounded_up) {
  const Json goldens = golden();
  for (const Json& one : goldens.at("warmups")) {
    EXPECT_EQ(whole_steps(one[0].get<double>(), one[1].get<int64_t>()), one[2].get<int64_t>()) << one;
  }
}

std::string message_of(const ScheduleOptions& options) {
  try {
    const Schedule schedule(options);
  } catch (const Error& problem) {
    EXPECT_EQ(problem.code(), ErrorCode::kUsage);
    return problem.what();
  }
  return "no error";
}

TEST(Schedule, an_unknown_type_names_the_nearest) { EXPECT_NE(message_of({.type = "cosin"}).find("nearest: cosine"), std::string::npos); }

TEST(Schedule, a_type_that_follows_a_metric_is_refused_with_the_reason) {
  EXPECT_NE(message_of({.type = "reduce_lr_on_plateau"}).find("follows a metric"), std::string::npos);
  EXPECT_NE(message_of({.type = "greedy"}).find("follows a metric"), std::string::npos);
}

TEST(Schedule, kwargs_that_the_type_does_not_take_are_errors) {
  EXPECT_EQ(message_of({.type = "linear", .kwargs = {{"num_cycles", 2}}}),
            "lr_scheduler_kwargs: the schedule linear takes no \"num_cycles\"; it takes: nothing");
  EXPECT_NE(message_of({.type = "cosine", .kwargs = {{"num_cycle", 2}}}).find("it takes: num_cycles"), std::string::npos);
}

TEST(Schedule, kwargs_that_the_type_needs_are_asked_for) {
  EXPECT_NE(message_of({.type = "cosine_with_min_lr"}).find("needs min_lr or min_lr_rate"), std::string::npos);
  EXPECT_NE(message_of({.type = "warmup_stable_decay"}).find("num_decay_steps"), std::string::npos);
  EXPECT_NE(message_of({.type = "polynomial", .kwargs = {{"lr_end", 1.0}}}).find("must be smaller than learning_rate"), std::string::npos);
}

}  // namespace
}  // namespace crossrank
