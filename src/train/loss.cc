#include "train/loss.h"

namespace crossrank {

int64_t LossBatch::rows() const {
  if (columns.empty()) return 0;
  return std::visit([](const auto& column) { return static_cast<int64_t>(column.size()); }, columns.front());
}

}  // namespace crossrank
