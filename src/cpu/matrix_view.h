// MatrixView: rows of floats that someone else owns.
#pragma once

#include <cstdint>

namespace crossrank {

/// A matrix [rows, columns] whose rows are `stride` floats apart.
template <typename Float>
struct BasicMatrixView {
  Float* data = nullptr;
  int rows = 0;
  int columns = 0;
  int64_t stride = 0;

  Float* row(int64_t i) const { return data + i * stride; }
  /// Rows [first, first + count).
  BasicMatrixView middle_rows(int first, int count) const { return {row(first), count, columns, stride}; }
  operator BasicMatrixView<const Float>() const { return {data, rows, columns, stride}; }  // NOLINT: a view of const is a view
};

using MatrixView = BasicMatrixView<float>;
using ConstMatrixView = BasicMatrixView<const float>;

}  // namespace crossrank
