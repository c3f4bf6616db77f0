#include "run/train_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "run/trainer_state.h"

namespace crossrank {
namespace {

// After so many seconds a step counts half.
constexpr double kHalfLifeSeconds = 60;

// Keys that come first and last in a line; all others stand between, by name.
constexpr std::string_view kFirst[] = {"loss", "grad_norm", "learning_rate", "eval_loss"};
constexpr std::string_view kLast[] = {"epoch", "step"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void append(std::string& line, const std::string& key, const Json& value) {
  if (line.size() > 1) line += ", ";
  line += Json(key).dump() + ": " + value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A number in a column, with so many significant digits; a dash where the record has none.
std::string cell(const Json& record, const std::string& key, int digits) {
  const auto found = record.find(key);
  if (found == record.end()) return "-";
  return found->is_number() ? fmt::format("{:.{}g}", found->get<double>(), digits) : "nan";
}

size_t metric_width(const std::string& metric) { return std::max<size_t>(metric.size(), 8); }

}  // namespace

void TrainClock::step(int64_t step, int64_t pairs, double now) {
  const double seconds = std::max(now - before_, 0.0), kept = std::exp2(-seconds / kHalfLifeSeconds);
  seconds_ = seconds_ * kept + seconds;
  pairs_ = pairs_ * kept + static_cast<double>(pairs);
  steps_ = steps_ * kept + 1;
  step_ = step;
  before_ = now;
}

std::string progress_text(const TrainProgress& progress) {
  std::string text = fmt::format("step {}/{}  epoch {:.2f}  loss {:.4f}  lr {:.2g}  {:.1f} pairs/s", progress.step, progress.max_steps,
                                 progress.epoch, progress.loss, progress.learning_rate, progress.pairs_per_second);
  if (progress.seconds_left >= 0) text += fmt::format("  {} left", duration_text(progress.seconds_left));
  return text;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string log_line(const Json& record) {
  std::string line = "{";
  const auto append_those = [&](std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
      if (const auto found = record.find(name); found != record.end()) append(line, std::string(name), *found);
    }
  };
  append_those(kFirst);
  for (const auto& [key, value] : record.items()) {
    if (!contains(kFirst, key) && !contains(kLast, key)) append(line, key, value);
  }
  append_those(kLast);
  return line + "}";
}

std::string TrainTable::header() const {
  std::string text = fmt::format("{:>8}  {:>8}  {:>10}  {:>10}  {:>13}", "step", "epoch", "loss", "grad norm", "learning rate");
  if (!metric_.empty()) text += fmt::format("  {:>{}}", metric_, metric_width(metric_));
  return text;
}

std::string TrainTable::row(const Json& record, bool is_best) const {
  const std::string metric_key = evaluation_key(metric_);
  const bool has_metric = !metric_.empty() && record.contains(metric_key);
  if (!record.contains("loss") && !has_metric) return "";
  std::string text = fmt::format("{:>8}  {:>8}  {:>10}  {:>10}  {:>13}", record.at("step").get<int64_t>(),
                                 fmt::format("{:.4f}", record.at("epoch").get<double>()), cell(record, "loss", 5),
                                 cell(record, "grad_norm", 4), cell(record, "learning_rate", 4));
  if (!metric_.empty()) text += fmt::format("  {:>{}}{}", cell(record, metric_key, 5), metric_width(metric_), is_best ? " *" : "");
  return text;
}

}  // namespace crossrank
