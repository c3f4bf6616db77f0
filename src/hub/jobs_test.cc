#include "hub/jobs.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace crossrank {
namespace {

TEST(JobsTest, every_job_runs_once_on_any_number_of_threads) {
  for (const int threads : {-1, 0, 1, 3, 100}) {
    std::vector<int> runs(50);
    std::atomic<bool> stop = false;
    run_jobs(runs.size(), threads, stop, [&](size_t job) { ++runs[job]; });
    EXPECT_EQ(runs, std::vector<int>(50, 1)) << threads;
  }
  std::atomic<bool> stop = false;
  run_jobs(0, 4, stop, [](size_t) { FAIL(); });
}

TEST(JobsTest, the_first_error_ends_all_threads_and_is_thrown) {
  std::atomic<bool> stop = false;
  std::atomic<int> begun = 0;
  const auto work = [&](size_t job) {
    ++begun;
    if (job == 3) throw std::runtime_error("job 3");
    if (stop) throw Stopped();
  };
  try {
    run_jobs(1'000'000, 4, stop, work);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "job 3");
  }
  EXPECT_TRUE(stop);
  EXPECT_LT(begun, 1'000'000);
}

}  // namespace
}  // namespace crossrank
