// MiningReport: what was found and what was left out, and why, in the reference's numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mining/hard_negatives.h"

namespace crossrank {

/// Statistics of scores as torch computes them: the lower median, the deviation of a sample, quantiles by linear interpolation. Of no
/// scores they are NaN, and the extremes infinite.
struct ScoreSummary {
  explicit ScoreSummary(std::vector<float> scores);

  int64_t count = 0;
  float mean = 0, median = 0, deviation = 0, min = 0, quarter = 0, half = 0, three_quarters = 0, max = 0;
};

struct MiningReport {
  MiningOptions options;    // as they were settled
  ScoreSummary positive;    // of every pair
  ScoreSummary negative;    // of every negative, once for each positive of its query
  ScoreSummary difference;  // positive less negative
  std::vector<Refused> refused;
  int64_t rows = 0;
  int64_t possible_rows = 0;  // had every query enough negatives

  /// The table, a line for each bound that refused candidates, and what to change where rows are missing.
  std::string text() const;
};

MiningReport mining_report(const MiningOptions& options, const MiningPairs& pairs, std::span<const float> positive_scores,
                           const Negatives& negatives, int64_t rows);

/// "1,234,567".
std::string with_thousands(int64_t number);

}  // namespace crossrank
