#include "cpu/rotary.h"

#include <algorithm>
#include <cmath>

namespace crossrank {

void RotaryTables::prepare(double theta, int head_dim, int length) {
  std::vector<float>& table = tables_[{theta, head_dim}];
  const auto width = static_cast<size_t>(head_dim);
  const size_t half = width / 2;
  const size_t known = table.size() / width;
  if (known >= static_cast<size_t>(length)) return;
  const size_t rows = std::max(static_cast<size_t>(length), 2 * known);
  table.resize(rows * width);
  for (size_t i = 0; i < half; ++i) {
    // In f32 from the exponent to the angle, as the reference computes it: at position 8,000 other roundings would show.
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(head_dim);
    const float inverse_frequency = 1.0f / std::pow(static_cast<float>(theta), exponent);
    for (size_t p = known; p < rows; ++p) {
      const float angle = static_cast<float>(p) * inverse_frequency;
      table[p * width + i] = std::cos(angle);
      table[p * width + half + i] = std::sin(angle);
    }
  }
}

const float* RotaryTables::find(double theta, int head_dim) const {
  const auto at = tables_.find({theta, head_dim});
  return at == tables_.end() ? nullptr : at->second.data();
}

}  // namespace crossrank
