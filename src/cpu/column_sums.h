// column_sums: what the gradient of a bias is.
#pragma once

#include <cstdint>

namespace crossrank {

/// sums [columns] = sums of the columns of x [rows, columns], whose rows lie side by side. In parallel; the same bits on any number of
/// threads.
void column_sums(const float* x, int64_t rows, int64_t columns, float* sums);

}  // namespace crossrank
