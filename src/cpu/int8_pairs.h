// int8_pairs: products of 8-bit weights and inputs of up to 16 bits, by instructions that multiply and sum pairs. What int8_product is made
// of where there is no VNNI.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cpu/int8_product.h"
#include "cpu/int8_slices.h"

namespace crossrank {

/// The largest whole number that a row's values are rounded to, 32,767 for 515 input features and 127 for the most: they lie in 16 bits,
/// and so many products by 127 must fit 32.
constexpr int largest_int8_input(int in_features) {
  return static_cast<int>(std::min<int64_t>(INT16_MAX, INT32_MAX / (int64_t{127} * in_features)));
}

/// With AVX2 384 pairs of a panel and of the rows of a tile take 21 KB: the panel stays in the first-level cache while all rows pass by.
constexpr Int8Slices pair_slices(int in_features) { return {in_features, 2, 384}; }

/// Rounds rows [count, in_features] to whole numbers of a scale of their own (largest magnitude / 127). panel [pairs][width][2], all
/// zeros before; scales [width].
void write_pairs(const float* rows, int count, int in_features, int width, int8_t* panel, float* scales);

/// Rows are rounded to steps of 1/largest_int8_input of their largest magnitude.
void round_to_pairs(const ConstMatrixView& x, int first, Int8Rows& rows) noexcept;
void round_to_pairs(const ConstBf16View& x, int first, Int8Rows& rows) noexcept;

/// Whole numbers are summed exactly, and a sum is multiplied by the scales of its row and its feature.
void multiply_pairs(const Int8Weights& weights, const Int8Rows& rows, const MatrixView& out, float* scratch) noexcept;
void multiply_pairs(const Int8Weights& weights, const Int8Rows& rows, const Bf16View& out, float* scratch) noexcept;

}  // namespace crossrank
