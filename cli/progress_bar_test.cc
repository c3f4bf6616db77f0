#include "cli/progress_bar.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(ProgressLine, shows_share_rate_and_time_left) {
  EXPECT_EQ(progress_line(50, 10, 0.25), "[======                  ]  25%  50 pairs  5.0/s  0:30 left");
  EXPECT_EQ(progress_line(4000, 2, 1), "[========================] 100%  4000 pairs  2000/s  0:00 left");
  EXPECT_EQ(progress_line(1, 3600, 0.5), "[============            ]  50%  1 pairs  0.0/s  1:00:00 left");
}

TEST(ProgressLine, of_bytes_counts_mebibytes) {
  EXPECT_EQ(progress_line(3 << 20, 2, 0.5, "B"), "[============            ]  50%  3.0 MiB  1.5 MiB/s  0:02 left");
}

TEST(ProgressLine, of_a_pipe_has_no_share_and_no_time_left) { EXPECT_EQ(progress_line(50, 10, -1), "50 pairs  5.0/s"); }

TEST(ProgressBar, outside_a_terminal_asks_for_no_progress) {
  testing::internal::CaptureStderr();
  EXPECT_FALSE(ProgressBar(false).part(0, 1));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace crossrank
