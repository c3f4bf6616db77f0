#include "retrieval/unit_length.h"

#include <algorithm>
#include <cmath>

namespace crossrank {

void make_unit_length(std::span<float> vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * static_cast<double>(value);
  const auto length = static_cast<float>(std::max(std::sqrt(squares), 1e-12));
  for (float& value : vector) value /= length;
}

int64_t first_row_with_nan(std::span<const float> matrix, int width) {
  const auto found = std::find_if(matrix.begin(), matrix.end(), [](float value) { return std::isnan(value); });
  return found == matrix.end() ? -1 : (found - matrix.begin()) / width;
}

}  // namespace crossrank
