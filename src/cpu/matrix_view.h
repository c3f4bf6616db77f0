// MatrixView: rows of floats, or of bf16, that someone else owns.
#pragma once

#include <cstdint>

namespace crossrank {

/// The bits of a bf16, the upper half of a float's.
using Bf16 = uint16_t;

/// A matrix [rows, columns] whose rows are `stride` values apart.
template <typename Value>
struct BasicMatrixView {
  Value* data = nullptr;
  int rows = 0;
  int columns = 0;
  int64_t stride = 0;

  Value* row(int64_t i) const { return data + i * stride; }
  /// Rows [first, first + count).
  BasicMatrixView middle_rows(int first, int count) const { return {row(first), count, columns, stride}; }
  operator BasicMatrixView<const Value>() const { return {data, rows, columns, stride}; }  // NOLINT: a view of const is a view
};

using MatrixView = BasicMatrixView<float>;
using ConstMatrixView = BasicMatrixView<const float>;
using Bf16View = BasicMatrixView<Bf16>;
using ConstBf16View = BasicMatrixView<const Bf16>;

}  // namespace crossrank
