// Candidates: for each query the best documents of a corpus, as a table of fixed width.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace crossrank {

/// What an entry without a document holds: index -1, the lowest score.
inline constexpr int32_t kNoDocument = -1;
inline constexpr float kNoScore = -std::numeric_limits<float>::infinity();

/// [queries, width]: best first, ties in the corpus's order; rows that have fewer documents are filled up with kNoDocument.
struct Candidates {
  Candidates() = default;
  Candidates(int64_t num_queries, int num_columns)
      : queries(num_queries),
        width(num_columns),
        scores(static_cast<size_t>(num_queries * num_columns), kNoScore),
        indices(static_cast<size_t>(num_queries * num_columns), kNoDocument) {}

  int64_t queries = 0;
  int width = 0;
  std::vector<float> scores;
  std::vector<int32_t> indices;

  std::span<float> scores_of(int64_t query) { return {scores.data() + query * width, static_cast<size_t>(width)}; }
  std::span<int32_t> indices_of(int64_t query) { return {indices.data() + query * width, static_cast<size_t>(width)}; }
  std::span<const float> scores_of(int64_t query) const { return {scores.data() + query * width, static_cast<size_t>(width)}; }
  std::span<const int32_t> indices_of(int64_t query) const { return {indices.data() + query * width, static_cast<size_t>(width)}; }
};

}  // namespace crossrank
