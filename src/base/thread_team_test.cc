#include "base/thread_team.h"

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <set>
#include <stdexcept>

namespace crossrank {
namespace {

TEST(ThreadTeam, every_worker_runs_the_job_once) {
  ThreadTeam team(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<int> calls(4, 0);
    team.run([&](int worker) { ++calls[worker]; });
    EXPECT_EQ(calls, std::vector<int>(4, 1));
  }
}

TEST(ThreadTeam, parallel_for_visits_every_index_once) {
  ThreadTeam team(3);
  for (const int count : {0, 1, 2, 1000}) {
    std::vector<int> visits(count, 0);
    team.parallel_for(count, [&](int64_t index, int) { ++visits[index]; });
    EXPECT_EQ(std::accumulate(visits.begin(), visits.end(), 0), count);
    EXPECT_EQ(std::count(visits.begin(), visits.end(), 1), count);
  }
}

TEST(ThreadTeam, no_job_runs_on_the_callers_thread) {
  ThreadTeam team(2);
  const auto caller = std::this_thread::get_id();
  team.parallel_for(100, [&](int64_t, int) { EXPECT_NE(std::this_thread::get_id(), caller); });
}

TEST(ThreadTeam, on_start_runs_on_each_worker_before_the_first_job) {
  std::vector<std::thread::id> started(3);
  ThreadTeam team(3, [&](int worker) { started[worker] = std::this_thread::get_id(); });
  EXPECT_EQ(std::set(started.begin(), started.end()).size(), 3U);
  team.run([&](int worker) { EXPECT_EQ(started[worker], std::this_thread::get_id()); });
}

TEST(ThreadTeam, an_exception_reaches_the_caller_and_the_team_goes_on) {
  ThreadTeam team(2);
  std::atomic<int> calls = 0;
  const auto throwing = [&](int64_t index, int) {
    ++calls;
    if (index == 3) throw std::runtime_error("three");
  };
  EXPECT_THROW(team.parallel_for(1'000'000, throwing), std::runtime_error);
  EXPECT_LT(calls.load(), 1'000'000);
  int sum = 0;
  std::mutex mutex;
  team.parallel_for(10, [&](int64_t index, int) {
    const std::lock_guard lock(mutex);
    sum += static_cast<int>(index);
  });
  EXPECT_EQ(sum, 45);
}

TEST(ThreadTeam, an_exception_of_on_start_is_thrown_by_the_constructor) {
  EXPECT_THROW(ThreadTeam(3,
                          [](int worker) {
                            if (worker == 1) throw std::runtime_error("no");
                          }),
               std::runtime_error);
}

TEST(ThreadTeam, idle_workers_use_no_cpu_time) {
  ThreadTeam team(2);
  team.run([](int) {});
  const auto process_time = [] {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  const double before = process_time();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LT(process_time() - before, 0.02);
}

}  // namespace
}  // namespace crossrank
