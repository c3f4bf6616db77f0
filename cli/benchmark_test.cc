#include "cli/benchmark.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(Percentile, lies_between_values_as_numpy_has_it) {
  const double values[] = {40, 10, 30, 20};
  EXPECT_EQ(percentile(values, 0), 10);
  EXPECT_EQ(percentile(values, 50), 25);
  EXPECT_DOUBLE_EQ(percentile(values, 90), 37);
  EXPECT_EQ(percentile(values, 100), 40);
  const double one[] = {7};
  EXPECT_EQ(percentile(one, 99), 7);
}

TEST(SpreadOf, is_the_median_and_both_ends) {
  const double values[] = {3, 1, 2};
  const Spread spread = spread_of(values);
  EXPECT_EQ(spread.median, 2);
  EXPECT_EQ(spread.lowest, 1);
  EXPECT_EQ(spread.highest, 3);
}

TEST(RunBenchmark, counts_what_it_scored) {
  const Reranker reranker = Reranker::load("tests/goldens/models/bert-512");
  const TextPair pairs[] = {{"the river", "water"}, {"the wind", "water and wind and water"}};
  BenchmarkWork work;
  work.pairs = pairs;
  work.rounds = 2;
  ProgressBar bar(true);
  const BenchmarkReport report = run_benchmark(reranker, work, bar);
  EXPECT_EQ(report.tokens, (3 + 3) + (3 + 7));
  EXPECT_EQ(report.shortest, 6);
  EXPECT_EQ(report.longest, 10);
  EXPECT_EQ(report.round_s.size(), 2u);
  EXPECT_FALSE(report.latency.has_value());
  EXPECT_DOUBLE_EQ(report.multiplications, reranker.multiplications(6) + reranker.multiplications(10));
  EXPECT_LT(report.multiplications_computed, report.multiplications);
  EXPECT_GT(report.peak, 0);
}

}  // namespace
}  // namespace crossrank
