// Mined rows: queries, positives and negatives in the form that a trainer wants.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/row_writer.h"
#include "mining/hard_negatives.h"

namespace crossrank {

/// Names of the two columns of the input, as the result has them.
struct PairColumns {
  std::string anchor, positive;
};

/// The columns of the format: the input's two and the reference's ("negative", "negative_1", "label", "labels", "score", "scores").
/// Error(kUsage) where one of the input's has the name of another.
std::vector<std::string> mined_columns(const MiningOptions& options, const PairColumns& columns);

/// Writes the rows in the reference's order; how many there are. `options` are settled, `positive_scores` has one for each pair.
int64_t write_mined_rows(const MiningOptions& options, const MiningPairs& pairs, std::span<const float> positive_scores,
                         const Negatives& negatives, RowWriter& writer);

}  // namespace crossrank
