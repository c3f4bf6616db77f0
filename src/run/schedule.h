// Schedule: the learning rate of each step, as transformers.get_scheduler gives it: warm-up, then one of ten curves.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace crossrank {

struct ScheduleOptions {
  std::string type = "linear";   // lr_scheduler_type
  Json kwargs = Json::object();  // lr_scheduler_kwargs: what the type takes besides (num_cycles, min_lr, ..)
  double learning_rate = 5e-5;
  int64_t warmup_steps = 0;
  int64_t training_steps = 0;  // steps of the optimizer in the whole run
};

/// Immutable.
class Schedule {
 public:
  /// Error(kUsage) that begins with the key for a type or kwargs that are not known, and for the two types that follow a metric.
  explicit Schedule(const ScheduleOptions& options);

  /// What step `step` (from 0) is made with.
  double learning_rate(int64_t step) const { return learning_rate_ * multiplier_(step); }

 private:
  double learning_rate_;
  std::function<double(int64_t)> multiplier_;  // the share of the learning rate for a step
};

/// Names of the types that Schedule makes.
std::span<const std::string_view> schedule_types();

}  // namespace crossrank
