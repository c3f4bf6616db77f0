#include "cpu/relative_scores.h"

#include <algorithm>

namespace crossrank {

void RelativeRows::prepare(const DisentangledScores& scores, int length) {
  if (reach_ >= length + kRowsPastEnd) return;
  reach_ = std::max(length + kRowsPastEnd, 2 * reach_);
  rows_.resize(2 * static_cast<size_t>(reach_) + 1);
  for (int t = -reach_; t <= reach_; ++t) rows_[static_cast<size_t>(t + reach_)] = row_of_distance(scores, -t);
}

}  // namespace crossrank
