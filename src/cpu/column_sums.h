// column_sums: what the gradient of a bias is.
#pragma once

#include <cstdint>

#include "cpu/matrix_view.h"

namespace crossrank {

/// sums [columns] = sums of the columns of x [rows, columns], whose rows lie side by side; f32 of bf16 too. In parallel; the same bits on
/// any number of threads.
void column_sums(const float* x, int64_t rows, int64_t columns, float* sums);
void column_sums(const Bf16* x, int64_t rows, int64_t columns, float* sums);

}  // namespace crossrank
