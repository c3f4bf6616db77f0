// select_negatives: which candidates of each query become its negatives; a function of scores alone.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "mining/mining_options.h"
#include "mining/mining_pairs.h"
#include "retrieval/candidates.h"

namespace crossrank {

/// Candidates that a bound refused, and their share as the reference counts it: of all places in the table of candidates, those that
/// the margins refused before left out.
struct Refused {
  std::string_view option;  // "relative_margin"
  double bound = 0;
  int64_t skipped = 0;
  double ratio = 0;
};

/// For each query its negatives, best first; at most num_negatives.
struct Negatives {
  std::vector<int64_t> first;    // [queries + 1]
  std::vector<int32_t> indices;  // in the corpus
  std::vector<float> scores;
  std::vector<Refused> refused;  // in the order in which the bounds were held against the scores

  int64_t count_of(int64_t query) const { return first[static_cast<size_t>(query) + 1] - first[static_cast<size_t>(query)]; }
  std::span<const int32_t> indices_of(int64_t query) const { return std::span(indices).subspan(begin_of(query), size_of(query)); }
  std::span<const float> scores_of(int64_t query) const { return std::span(scores).subspan(begin_of(query), size_of(query)); }

 private:
  size_t begin_of(int64_t query) const { return static_cast<size_t>(first[static_cast<size_t>(query)]); }
  size_t size_of(int64_t query) const { return static_cast<size_t>(count_of(query)); }
};

/// `candidates` has a row for each query; it may be narrower than the table of range_max + max_positives columns that the reference
/// fills up with absent documents (a small corpus), which are counted as if they were there. `positive_scores` has one for each pair.
/// Positives are never among the negatives, unless include_positives. A margin is kept from the lowest positive of the query.
Negatives select_negatives(const MiningOptions& options, int64_t range_max, const MiningPairs& pairs, const Candidates& candidates,
                           std::span<const float> positive_scores);

}  // namespace crossrank
