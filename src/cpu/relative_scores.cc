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
  for (int t = -reach_; t <= reach_; ++t) rows_[static_cast<size_t>(t + reach_)] = row_of_distance(scores, -t);
}

void RelativeRows::prepare(const RelativeScores& scores, int length) {
  std::visit(
      [&]<typename Scores>(const Scores& of) {
        if constexpr (!std::is_same_v<Scores, NoRelativeScores>) grow(of, length);
      },
      scores);
}

}  // namespace crossrank
