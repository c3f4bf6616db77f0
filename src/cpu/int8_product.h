// int8_product: products of 8-bit integers with exact sums, of crossrank's own, the same to the last bit on every instruction set.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpu/matrix_view.h"

namespace crossrank {

/// Most input features of which every sum fits 32 bits: 127 * 127 * this < 2^31.
inline constexpr int kMostInt8Features = 133'000;

/// The largest whole number that a row's values are rounded to, 32,767 for 515 input features and 127 for the most: they lie in 16 bits,
/// and so many products by 127 must fit 32.
constexpr int largest_int8_input(int in_features) {
  return static_cast<int>(std::min<int64_t>(INT16_MAX, INT32_MAX / (int64_t{127} * in_features)));
}

/// Output features of a panel: weights lie as [out_features / width][in_features / 2][width][2], the last panel and an odd last feature
/// filled up with zeros. Depends on the instruction set in use.
int int8_panel_width() noexcept;
/// Bytes of a panel.
size_t int8_panel_size(int in_features, int width) noexcept;

/// Rounds `count` rows [count, in_features] of a weight matrix, one an output feature, to whole numbers of a scale of their own (largest
/// magnitude / 127) and writes them to a panel: count <= width. The rest becomes zeros, with a scale of zero. scales [width].
void write_int8_panel(const float* rows, int count, int in_features, int width, int8_t* panel, float* scales);

/// Weights in panels of int8_panel_width().
struct Int8Weights {
  const int8_t* panels = nullptr;
  const float* scales = nullptr;  // a panel's width for every panel
  int in_features = 0;
  int out_features = 0;
  const float* bias = nullptr;
};

/// Rows as whole numbers of up to largest_int8_input, each row with a scale of its own, in the order that int8_product reads. A buffer:
/// what it holds is overwritten by the next call.
struct Int8Rows {
  std::vector<int16_t> values;
  std::vector<float> scales;

  /// Room for rows [rows, in_features].
  void grow(int rows, int in_features);
};

/// out [rows, out_features] = x [rows, in_features] W^T, plus the bias where there is one: rows are rounded to so
/// many steps of their largest magnitude, whole numbers are summed exactly, and a sum is multiplied by the scales of its row and its
/// feature. A row or a feature with a number that is not finite has results that are not numbers. `buffer` has room for x.
void int8_product(const Int8Weights& weights, ConstMatrixView x, MatrixView out, Int8Rows& buffer) noexcept;

}  // namespace crossrank
