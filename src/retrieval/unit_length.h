// Vectors cut to their first dimensions and made unit vectors.
#pragma once

#include <cstdint>
#include <span>

namespace crossrank {

/// v / max(|v|, 1e-12), as torch.nn.functional.normalize: a vector of zeros stays one.
void make_unit_length(std::span<float> vector);

/// The index of the first row of a matrix [rows, width] that holds a value that is not a number, or -1.
int64_t first_row_with_nan(std::span<const float> matrix, int width);

}  // namespace crossrank
