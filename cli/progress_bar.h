// ProgressBar: how far long work is, how fast it goes and how long it will take; on a terminal only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "crossrank/reranker.h"

namespace crossrank {

/// One line on standard error that is drawn over and goes away at the end. Nothing where that is no terminal, or when quiet.
class ProgressBar {
 public:
  /// `unit`: what is counted; "B" is shown as MiB. `label`: what goes on, where a verb does several things. The texts must outlive the bar.
  explicit ProgressBar(bool quiet, std::string_view unit = "pairs", std::string_view label = {});
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  /// For one call, which does the part [from, to] of the whole work; negative where that is not known (a pipe).
  /// Parts come one after the other.
  Progress part(double from, double to);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(int64_t count, double fraction);

  bool shown_;
  std::string_view unit_, label_;
  bool drawn_ = false;
  int64_t before_ = 0, count_ = 0;
  Clock::time_point start_ = Clock::now(), last_draw_ = start_;
};

/// "[=====>      ]  42%  1234 pairs  56/s  0:12 left"; without share and time left where `fraction` is negative.
std::string progress_line(int64_t count, double seconds, double fraction, std::string_view unit = "pairs");

}  // namespace crossrank
