// ProgressBar: how far long work is, how fast it goes and how long it will take; on a terminal only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "crossrank/reranker.h"

namespace crossrank {

/// One line on standard error that is drawn over and goes away at the end. Nothing where that is no terminal, or when quiet.
class ProgressBar {
 public:
  explicit ProgressBar(bool quiet);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  /// For one call of Reranker, which does the part [from, to] of the whole work; negative where that is not known (a pipe).
  /// Parts come one after the other.
  Progress part(double from, double to);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(int64_t pairs, double fraction);

  bool shown_;
  bool drawn_ = false;
  int64_t pairs_before_ = 0, pairs_ = 0;
  Clock::time_point start_ = Clock::now(), last_draw_ = start_;
};

/// "[=====>      ]  42%  1234 pairs  56/s  0:12 left"; without share and time left where `fraction` is negative.
std::string progress_line(int64_t pairs, double seconds, double fraction);

}  // namespace crossrank
