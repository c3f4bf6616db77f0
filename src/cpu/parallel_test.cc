#include "cpu/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "cpu/openmp.h"

namespace crossrank {
namespace {

TEST(ParallelTasks, every_index_is_handed_out_once) {
  for (const int threads : {1, 2, 5}) {
    use_openmp_threads(threads);
    std::vector<int> seen(1000, 0);
    parallel_tasks(1000, [&](int64_t i) { ++seen[static_cast<size_t>(i)]; });
    EXPECT_EQ(seen, std::vector<int>(1000, 1));
  }
  use_one_openmp_thread();
}

TEST(ParallelTasks, none_are_no_call) {
  parallel_tasks(0, [](int64_t) { FAIL(); });
}

TEST(ParallelTasks, an_exception_reaches_the_caller) {
  use_openmp_threads(2);
  EXPECT_THROW(parallel_tasks(100, [](int64_t i) { i == 7 ? throw std::runtime_error("seven") : void(); }), std::runtime_error);
  use_one_openmp_thread();
}

TEST(ParallelPieces, cover_the_range_and_do_not_depend_on_threads) {
  for (const int threads : {1, 3}) {
    use_openmp_threads(threads);
    std::vector<std::atomic<int64_t>> ends(10);
    parallel_pieces(95, 10, [&](int64_t first, int64_t last) { ends[static_cast<size_t>(first / 10)] = last; });
    for (size_t i = 0; i < ends.size(); ++i) EXPECT_EQ(ends[i], std::min<int64_t>(95, static_cast<int64_t>(i + 1) * 10));
  }
  use_one_openmp_thread();
}

}  // namespace
}  // namespace crossrank
