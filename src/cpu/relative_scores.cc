#include "cpu/relative_scores.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace crossrank {

template <typename Scores>
void RelativeRows::grow(const Scores& scores, int length) {
  if (reach_ >= length + kRowsPastEnd) return;
  reach_ = std::max(length + kRowsPastEnd, 2 * reach_);
  rows_.resize(2 * static_cast<size_t>(reach_) + 1);
  int32_t* at_zero = rows_.data() + reach_;
  for (int t = -reach_; t <= reach_; ++t) at_zero[t] = row_of_distance(scores, -t);
}

void RelativeRows::prepare(const RelativeScores& scores, int length) {
  std::visit(
      [&]<typename Scores>(const Scores& of) {
        if constexpr (!std::is_same_v<Scores, NoRelativeScores>) grow(of, length);
      },
      scores);
}

namespace {

// One way for each alternative.
struct OfHead {
  const RelativeTablePointers& tables;
  const int32_t* rows;
  int head;
  int head_dim;

  HeadRelativeScores operator()(const NoRelativeScores&) const { return {}; }
  HeadRelativeScores operator()(const DisentangledScores& spec) const {
    HeadRelativeScores scores;
    const int column = head * head_dim;
    if (tables.keys != nullptr) scores.keys = tables.keys + column;
    if (tables.queries != nullptr) scores.queries = tables.queries + column;
    scores.stride = tables.stride;
    scores.rows = rows;
    scores.parts = spec.parts();
    return scores;
  }
  HeadRelativeScores operator()(const DistanceBias&) const {
    HeadRelativeScores scores;
    scores.bias = tables.bias + head;
    scores.stride = tables.stride;
    scores.rows = rows;
    return scores;
  }
};

}  // namespace

HeadRelativeScores head_relative_scores(const RelativeScores& scores, const RelativeTablePointers& tables, const int32_t* rows, int head,
                                        int head_dim) {
  return std::visit(OfHead{tables, rows, head, head_dim}, scores);
}

}  // namespace crossrank
