#include "cli/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace crossrank {
namespace {

constexpr int kBarWidth = 24;
constexpr std::chrono::milliseconds kRedraw{100};

std::string clock_time(double seconds) {
  const auto whole = static_cast<int64_t>(std::min(seconds, 359'999.0));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

std::string progress_line(int64_t count, double seconds, double fraction, std::string_view unit) {
  constexpr double kMebi = 1 << 20;
  const double rate = seconds > 0 ? static_cast<double>(count) / seconds : 0;
  std::string done = unit == "B" ? fmt::format("{:.1f} MiB  {:.1f} MiB/s", static_cast<double>(count) / kMebi, rate / kMebi)
                                 : fmt::format("{} {}  {:.{}f}/s", count, unit, rate, rate < 10 ? 1 : 0);
  if (fraction < 0) return done;
  fraction = std::min(fraction, 1.0);
  const int filled = static_cast<int>(fraction * kBarWidth);
  std::string line = fmt::format("[{:<{}}] {:3.0f}%  {}", std::string(static_cast<size_t>(filled), '='), kBarWidth, fraction * 100, done);
  if (fraction > 0) line += fmt::format("  {} left", clock_time(seconds / fraction * (1 - fraction)));
  return line;
}

ProgressBar::ProgressBar(bool quiet, std::string_view unit, std::string_view label)
    : shown_(!quiet && ::isatty(STDERR_FILENO) != 0), unit_(unit), label_(label) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

Progress ProgressBar::part(double from, double to) {
  if (!shown_) return {};
  before_ += count_;
  count_ = 0;
  return [this, from, to](int64_t done, int64_t total) {
    count_ = done;
    const bool known = from >= 0 && to >= 0 && total > 0;
    draw(before_ + done, known ? from + (to - from) * static_cast<double>(done) / static_cast<double>(total) : -1);
  };
}

void ProgressBar::draw(int64_t count, double fraction) {
  const auto now = Clock::now();
  if (now - last_draw_ < kRedraw) return;
  last_draw_ = now;
  drawn_ = true;
  fmt::print(stderr, "\r{}{}{}\033[K", label_, label_.empty() ? "" : "  ",
             progress_line(count, std::chrono::duration<double>(now - start_).count(), fraction, unit_));
}

}  // namespace crossrank
