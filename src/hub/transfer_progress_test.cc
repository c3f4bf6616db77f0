#include "hub/transfer_progress.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace crossrank {
namespace {

TEST(TransferProgressTest, threads_tell_their_bytes_one_at_a_time) {
  int64_t last = 0, calls = 0;  // no atomics: the progress orders them
  TransferProgress progress(
      [&](int64_t done, int64_t total) {
        EXPECT_EQ(done, last + 1);
        EXPECT_EQ(total, 400);
        last = done;
        ++calls;
      },
      400);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int byte = 0; byte < 100; ++byte) progress.add(1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(calls, 400);
}

TEST(TransferProgressTest, bytes_that_must_come_again_are_taken_back_and_no_bytes_are_not_told) {
  std::vector<int64_t> told;
  TransferProgress progress([&](int64_t done, int64_t) { told.push_back(done); }, 10);
  progress.add(10);
  progress.add(0);
  progress.add(-4);
  progress.add(4);
  EXPECT_EQ(told, (std::vector<int64_t>{10, 6, 10}));
  TransferProgress({}, 1).add(1);
}

}  // namespace
}  // namespace crossrank
