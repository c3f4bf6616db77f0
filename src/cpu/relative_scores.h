// relative_scores: what scores of distance read beside queries and keys, in the CPU engine's form.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/spec.h"

namespace crossrank {

/// One head's columns of the tables K and Q [2 * span, hidden] of DisentangledScores, or of B [rows, num_heads] of DistanceBias; null where
/// the scores have no such part.
struct HeadRelativeScores {
  const float* keys = nullptr;
  const float* queries = nullptr;
  const float* bias = nullptr;
  int64_t stride = 0;             // floats from row to row, of each
  const int32_t* rows = nullptr;  // rows[t]: the row for a key t tokens after its query, from -length to length + kRowsPastEnd
  int parts = 1;                  // q k and what K and Q give are divided by sqrt(parts * head_dim)

  bool disentangled() const { return keys != nullptr || queries != nullptr; }
  bool any() const { return disentangled() || bias != nullptr; }
};

/// The tables of all heads: K and Q [2 * span, hidden], B [rows, num_heads]; null where the scores have no such part.
struct RelativeTablePointers {
  const float* keys = nullptr;
  const float* queries = nullptr;
  const float* bias = nullptr;
  int64_t stride = 0;  // floats from row to row, of each
};

/// What AttentionSpec::relative asks for, of one head; `rows` as above.
HeadRelativeScores head_relative_scores(const RelativeScores& scores, const RelativeTablePointers& tables, const int32_t* rows, int head,
                                        int head_dim);

/// Keys that a whole vector may name past the last one.
inline constexpr int kRowsPastEnd = 64;

/// The rows by distance, grown before a forward pass and read-only during it. Of one model: the layers share their distances.
class RelativeRows {
 public:
  void prepare(const RelativeScores& scores, int length);
  /// The entry of distance 0. Null where nothing was prepared.
  const int32_t* centre() const { return rows_.empty() ? nullptr : rows_.data() + reach_; }

 private:
  template <typename Scores>
  void grow(const Scores& scores, int length);

  int reach_ = 0;
  std::vector<int32_t> rows_;  // of -reach_ to reach_
};

}  // namespace crossrank
