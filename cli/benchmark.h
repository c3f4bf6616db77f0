// run_benchmark: a loaded model's speed on given pairs, its latency, and the share of the machine that it takes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/progress_bar.h"
#include "crossrank/reranker.h"

namespace crossrank {

/// What is measured.
struct BenchmarkWork {
  std::span<const TextPair> pairs;              // scored in every round, in one call
  int rounds = 5;                               // at least 1; one more comes before them and is not counted
  std::vector<std::vector<TextPair>> requests;  // each a query's passages, scored in a call of its own for the latency
  PredictOptions options = {};
};

/// The middle of several measurements, and their ends.
struct Spread {
  double median = 0, lowest = 0, highest = 0;
};
Spread spread_of(std::span<const double> values);

/// Of values in any order; between two of them linearly, as numpy.percentile has it. `values` is not empty.
double percentile(std::span<const double> values, double percent);

struct LatencyReport {
  double p50_s = 0, p90_s = 0, p99_s = 0;
};

struct BenchmarkReport {
  int64_t tokens = 0;  // of all pairs, special ones included, after truncation
  int shortest = 0, longest = 0;
  std::vector<double> round_s;
  std::optional<LatencyReport> latency;  // nothing where no requests were given
  double multiplications = 0;            // multiply-adds of all pairs by the whole model
  double multiplications_computed = 0;   // without the rows of the last layer that are left out
  double peak = 0;                       // operations a second, the median over rounds
  int64_t peak_rss_bytes = 0;            // of the process, before the peak's own matrices
};

/// The warm-up, the latency, then rounds that take turns with measurements of the matrix peak. `progress` is told of the pairs scored.
BenchmarkReport run_benchmark(const Reranker& reranker, const BenchmarkWork& work, ProgressBar& bar);

}  // namespace crossrank
