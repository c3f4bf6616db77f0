#include "cli/benchmark.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace crossrank {
namespace {

using Clock = std::chrono::steady_clock;

template <typename Call>
double seconds_of(const Call& call) {
  const auto start = Clock::now();
  call();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;  // Linux counts in KiB
}

void count_tokens(const Reranker& reranker, const BenchmarkWork& work, BenchmarkReport& report) {
  for (const TextPair& pair : work.pairs) {
    const int tokens = static_cast<int>(reranker.tokenize(pair, work.options).ids.size());
    report.tokens += tokens;
    report.shortest = report.shortest == 0 ? tokens : std::min(report.shortest, tokens);
    report.longest = std::max(report.longest, tokens);
    report.multiplications += reranker.multiplications(tokens);
    report.multiplications_computed += reranker.multiplications(tokens, false);
  }
}

// The bar's parts, by the number of pairs in each.
class Parts {
 public:
  Parts(ProgressBar& bar, double total) : bar_(bar), total_(total) {}

  Progress next(size_t pairs) {
    const double from = done_ / total_;
    done_ += static_cast<double>(pairs);
    return bar_.part(from, done_ / total_);
  }

 private:
  ProgressBar& bar_;
  double total_, done_ = 0;
};

LatencyReport measure_latency(const Reranker& reranker, const BenchmarkWork& work, const Progress& progress) {
  std::vector<double> seconds;
  int64_t scored = 0;
  const auto total = static_cast<int64_t>(work.requests.size() * work.requests.front().size());
  reranker.predict_labels(work.requests.front(), work.options);  // makes the kernels for such few rows
  for (const std::vector<TextPair>& request : work.requests) {
    seconds.push_back(seconds_of([&] { reranker.predict_labels(request, work.options); }));
    scored += static_cast<int64_t>(request.size());
    if (progress) progress(scored, total);
  }
  return {percentile(seconds, 50), percentile(seconds, 90), percentile(seconds, 99)};
}

}  // namespace

double percentile(std::span<const double> values, double percent) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double place = percent / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

Spread spread_of(std::span<const double> values) { return {percentile(values, 50), percentile(values, 0), percentile(values, 100)}; }

BenchmarkReport run_benchmark(const Reranker& reranker, const BenchmarkWork& work, ProgressBar& bar) {
  BenchmarkReport report;
  count_tokens(reranker, work, report);
  const size_t latency_pairs = work.requests.empty() ? 0 : work.requests.size() * work.requests.front().size();
  Parts parts(bar, static_cast<double>(work.pairs.size()) * (work.rounds + 1) + static_cast<double>(latency_pairs));

  reranker.predict_labels(work.pairs, work.options, parts.next(work.pairs.size()));
  if (!work.requests.empty()) report.latency = measure_latency(reranker, work, parts.next(latency_pairs));
  report.peak_rss_bytes = peak_rss_bytes();

  std::vector<double> peaks;
  for (int round = 0; round < work.rounds; ++round) {
    peaks.push_back(reranker.measure_matrix_peak());
    const Progress progress = parts.next(work.pairs.size());
    report.round_s.push_back(seconds_of([&] { reranker.predict_labels(work.pairs, work.options, progress); }));
  }
  report.peak = percentile(peaks, 50);
  return report;
}

}  // namespace crossrank
