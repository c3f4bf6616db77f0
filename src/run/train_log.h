// What a person sees of a run: how far it is, how fast it goes, a line for each logged step; the door draws it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/json.h"

namespace crossrank {

/// Where the run is, after a step.
struct TrainProgress {
  int64_t step = 0, max_steps = 0;
  double epoch = 0;
  double loss = 0;  // of this step
  double learning_rate = 0;
  double pairs_per_second = 0;
  double seconds_left = -1;  // negative: not known yet
};

/// Pairs a second and the time left, from the steps of the last minutes, so that the first slow steps and pauses are forgotten.
/// Evaluation and saving are not counted: call resume() after them.
class TrainClock {
 public:
  explicit TrainClock(int64_t max_steps) : max_steps_(max_steps) {}

  /// Begins to count, at `now` in seconds.
  void resume(double now) { before_ = now; }
  /// A step of so many pairs was done.
  void step(int64_t step, int64_t pairs, double now);

  double pairs_per_second() const { return seconds_ > 0 ? pairs_ / seconds_ : 0; }
  /// Negative before the first step.
  double seconds_left() const { return steps_ > 0 ? seconds_ / steps_ * static_cast<double>(max_steps_ - step_) : -1; }

 private:
  int64_t max_steps_, step_ = 0;
  double before_ = 0, seconds_ = 0, pairs_ = 0, steps_ = 0;  // sums that fade
};

/// "step 120/9038  epoch 0.01  loss 0.8123  lr 1.2e-05  34.5 pairs/s  1:23:45 left", for a line that is drawn over.
std::string progress_text(const TrainProgress& progress);
/// "1:23:45", "4:05".
std::string duration_text(double seconds);

/// A record of log_history as a line of JSON, keys in the reference's order: loss, grad_norm, learning_rate, metrics, .., epoch, step.
/// What is no finite number is null.
std::string log_line(const Json& record);

/// The logged steps of a run as a table that grows line by line: step, epoch, loss, gradient norm, learning rate, and the metric that
/// chooses the best model.
class TrainTable {
 public:
  /// `metric` may be empty: no such column.
  explicit TrainTable(std::string metric) : metric_(std::move(metric)) {}

  std::string header() const;
  /// The row of a record, or nothing where it has none of the columns (the last record of a run). A new best metric has a "*".
  std::string row(const Json& record, bool is_best = false) const;

 private:
  std::string metric_;
};

}  // namespace crossrank
