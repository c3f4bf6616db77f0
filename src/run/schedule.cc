#include "run/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/nearest_name.h"

namespace crossrank {
namespace {

using Multiplier = std::function<double(int64_t)>;

// What a type takes besides the steps, read from lr_scheduler_kwargs; what is left over there is an error.
class Kwargs {
 public:
  explicit Kwargs(const ScheduleOptions& options)
      : type_(options.type), object_(options.kwargs, "lr_scheduler_kwargs", ErrorCode::kUsage) {}

  double number(std::string_view name, double fallback) {
    known_.push_back(name);
    return object_.number(name, fallback);
  }
  std::optional<double> number(std::string_view name) {
    known_.push_back(name);
    return object_.has(name) ? std::optional(object_.number(name)) : std::nullopt;
  }
  std::optional<int64_t> steps(std::string_view name) {
    known_.push_back(name);
    return object_.has(name) ? std::optional(object_.integer(name, 0, int64_t{1} << 53)) : std::nullopt;
  }
  std::string shape(std::string_view name, std::string_view fallback) {
    known_.push_back(name);
    const std::string shape = object_.string(name, std::string(fallback));
    if (shape != "linear" && shape != "cosine" && shape != "1-sqrt") {
      throw object_.bad_field(name, fmt::format("\"{}\" is none of linear, cosine, 1-sqrt", shape));
    }
    return shape;
  }

  void finish() const {
    for (const auto& [name, value] : object_.json().items()) {
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      throw error(ErrorCode::kUsage, "lr_scheduler_kwargs: the schedule {} takes no \"{}\"; it takes: {}", type_, name,
                  known_.empty() ? "nothing" : fmt::format("{}", fmt::join(known_, ", ")));
    }
  }

  [[nodiscard]] Error bad(std::string_view name, std::string_view problem) const { return object_.bad_field(name, problem); }

 private:
  std::string type_;
  JsonObject object_;
  std::vector<std::string_view> known_;
};

double share(int64_t part, int64_t whole) { return static_cast<double>(part) / static_cast<double>(std::max<int64_t>(1, whole)); }

double cosine(double cycles, double progress) { return 0.5 * (1.0 + std::cos(std::numbers::pi * cycles * 2.0 * progress)); }

// Linear warm-up from 0, then `after`(progress), where progress goes from 0 to 1 over the other steps.
Multiplier after_warmup(const ScheduleOptions& options, std::function<double(double progress)> after) {
  const int64_t warmup = options.warmup_steps, rest = options.training_steps - options.warmup_steps;
  return [warmup, rest, after = std::move(after)](int64_t step) {
    return step < warmup ? share(step, warmup) : after(share(step - warmup, rest));
  };
}

Multiplier linear(const ScheduleOptions& options, Kwargs&) {
  const int64_t warmup = options.warmup_steps, total = options.training_steps;
  // Not 1 - progress: in floating point that is another number than the reference's.
  return [warmup, total](int64_t step) { return step < warmup ? share(step, warmup) : std::max(0.0, share(total - step, total - warmup)); };
}

Multiplier cosine(const ScheduleOptions& options, Kwargs& kwargs) {
  const double cycles = kwargs.number("num_cycles", 0.5);
  return after_warmup(options, [cycles](double progress) { return std::max(0.0, cosine(cycles, progress)); });
}

Multiplier cosine_with_restarts(const ScheduleOptions& options, Kwargs& kwargs) {
  const double cycles = kwargs.number("num_cycles", 1);
  return after_warmup(options, [cycles](double progress) {
    if (progress >= 1.0) return 0.0;
    return std::max(0.0, 0.5 * (1.0 + std::cos(std::numbers::pi * std::fmod(cycles * progress, 1.0))));
  });
}

Multiplier polynomial(const ScheduleOptions& options, Kwargs& kwargs) {
  const double end = kwargs.number("lr_end", 1e-7), power = kwargs.number("power", 1.0), start = options.learning_rate;
  if (!(start > end)) throw kwargs.bad("lr_end", fmt::format("{} must be smaller than learning_rate, which is {}", end, start));
  const int64_t warmup = options.warmup_steps, total = options.training_steps;
  return [=](int64_t step) {
    if (step < warmup) return share(step, warmup);
    if (step > total || total == warmup) return end / start;
    const double remaining = 1.0 - static_cast<double>(step - warmup) / static_cast<double>(total - warmup);
    return ((start - end) * std::pow(remaining, power) + end) / start;
  };
}

Multiplier constant(const ScheduleOptions&, Kwargs&) {
  return [](int64_t) { return 1.0; };
}

Multiplier constant_with_warmup(const ScheduleOptions& options, Kwargs&) {
  return after_warmup(options, [](double) { return 1.0; });
}

Multiplier inverse_sqrt(const ScheduleOptions& options, Kwargs& kwargs) {
  const int64_t warmup = options.warmup_steps;
  const int64_t timescale = kwargs.steps("timescale").value_or(warmup > 0 ? warmup : 10'000);
  if (timescale < 1) throw kwargs.bad("timescale", "must be at least 1");
  return [warmup, timescale](int64_t step) {
    if (step < warmup) return share(step, warmup);
    return 1.0 / std::sqrt(static_cast<double>(step + timescale - warmup) / static_cast<double>(timescale));
  };
}

// min_lr, or the same as a share of the learning rate.
double min_rate(const ScheduleOptions& options, Kwargs& kwargs) {
  const std::optional<double> min_lr = kwargs.number("min_lr"), min_lr_rate = kwargs.number("min_lr_rate");
  if (min_lr.has_value() == min_lr_rate.has_value()) {
    throw error(ErrorCode::kUsage, "lr_scheduler_kwargs: the schedule {} needs min_lr or min_lr_rate, one of the two", options.type);
  }
  return min_lr_rate ? *min_lr_rate : *min_lr / options.learning_rate;
}

Multiplier cosine_with_min_lr(const ScheduleOptions& options, Kwargs& kwargs) {
  const double cycles = kwargs.number("num_cycles", 0.5), rate = min_rate(options, kwargs);
  return after_warmup(options, [cycles, rate](double progress) { return std::max(0.0, cosine(cycles, progress) * (1 - rate) + rate); });
}

// Counts steps from 1, so that the first step already learns.
Multiplier cosine_warmup_with_min_lr(const ScheduleOptions& options, Kwargs& kwargs) {
  const double cycles = kwargs.number("num_cycles", 0.5), rate = min_rate(options, kwargs);
  const std::optional<double> first = kwargs.number("warmup_lr_rate");
  const int64_t warmup = options.warmup_steps, rest = options.training_steps - options.warmup_steps;
  return [=](int64_t step) {
    if (step < warmup) return first ? *first + (1.0 - *first) * share(step, warmup - 1) : share(step + 1, warmup);
    return std::max(0.0, cosine(cycles, share(step - warmup + 1, rest)) * (1 - rate) + rate);
  };
}

Multiplier warmup_stable_decay(const ScheduleOptions& options, Kwargs& kwargs) {
  const std::optional<int64_t> decay_steps = kwargs.steps("num_decay_steps");
  if (!decay_steps) throw kwargs.bad("num_decay_steps", "is absent; the schedule warmup_stable_decay needs it");
  const std::string warmup_type = kwargs.shape("warmup_type", "linear"), decay_type = kwargs.shape("decay_type", "cosine");
  const double min_ratio = kwargs.number("min_lr_ratio", 0), cycles = kwargs.number("num_cycles", 0.5);
  const int64_t warmup = options.warmup_steps, decay = *decay_steps;
  const int64_t stable = kwargs.steps("num_stable_steps").value_or(options.training_steps - warmup - decay);
  return [=](int64_t step) {
    const auto scaled = [min_ratio](double factor) { return std::max(0.0, factor * (1.0 - min_ratio) + min_ratio); };
    if (step < warmup) {
      const double progress = share(step, warmup);
      if (warmup_type == "linear") return scaled(progress);
      return scaled(warmup_type == "cosine" ? 0.5 * (1.0 - std::cos(std::numbers::pi * progress)) : 1.0 - std::sqrt(1.0 - progress));
    }
    if (step < warmup + stable) return 1.0;
    if (step >= warmup + stable + decay) return min_ratio;
    const double progress = share(step - warmup - stable, decay);
    if (decay_type == "linear") return scaled(1.0 - progress);
    return scaled(decay_type == "cosine" ? cosine(cycles, progress) : 1.0 - std::sqrt(progress));
  };
}

struct Type {
  std::string_view name;
  Multiplier (*make)(const ScheduleOptions& options, Kwargs& kwargs);
};

constexpr Type kTypes[] = {{"linear", linear},
                           {"cosine", cosine},
                           {"cosine_with_restarts", cosine_with_restarts},
                           {"polynomial", polynomial},
                           {"constant", constant},
                           {"constant_with_warmup", constant_with_warmup},
                           {"inverse_sqrt", inverse_sqrt},
                           {"cosine_with_min_lr", cosine_with_min_lr},
                           {"cosine_warmup_with_min_lr", cosine_warmup_with_min_lr},
                           {"warmup_stable_decay", warmup_stable_decay}};

}  // namespace

Schedule::Schedule(const ScheduleOptions& options) : learning_rate_(options.learning_rate) {
  for (const Type& type : kTypes) {
    if (type.name != options.type) continue;
    Kwargs kwargs(options);
    multiplier_ = type.make(options, kwargs);
    kwargs.finish();
    return;
  }
  if (options.type == "reduce_lr_on_plateau" || options.type == "greedy") {
    throw error(ErrorCode::kUsage,
                "lr_scheduler_type: {} follows a metric, so that the learning rate of a step is not known before the run; crossrank has "
                "the schedules that are: {}",
                options.type, fmt::join(schedule_types(), ", "));
  }
  throw error(ErrorCode::kUsage, "lr_scheduler_type: \"{}\" is none of {}; nearest: {}", options.type, fmt::join(schedule_types(), ", "),
              nearest_name(options.type, schedule_types()));
}

std::span<const std::string_view> schedule_types() {
  static const auto names = [] {
    std::array<std::string_view, std::size(kTypes)> list;
    for (size_t i = 0; i < list.size(); ++i) list[i] = kTypes[i].name;
    return list;
  }();
  return names;
}

}  // namespace crossrank
