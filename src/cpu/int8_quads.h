// int8_quads: products of 8-bit weights and 8-bit inputs by instructions that multiply and sum four of them (VNNI). What int8_product is
// made of where the machine has those; elsewhere the same sums in more instructions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/int8_product.h"
#include "cpu/int8_slices.h"

namespace crossrank {

/// Rows and features have scales for each of these slices, of at most 768 input features: fewer of them would share what an outlier costs,
/// but sums would be scaled and put away more often, which takes 2 % of ModernBERT-base with 384. With AVX-512 a slice of a panel, 24 KB,
/// stays in the first-level cache while all rows pass by.
constexpr Int8Slices quad_slices(int in_features) { return {in_features, 4, 192}; }

/// Rows of floats [width] that a panel has for each slice: the features' scales, and the sums of their rounded weights times that.
inline constexpr int kQuadScales = 2;

/// Rounds each slice of rows [count, in_features] to whole numbers of a scale of its own (largest magnitude / 127). panel
/// [quads][width][4], scales [slices][kQuadScales][width], all zeros before.
void write_quads(const float* rows, int count, int in_features, int width, int8_t* panel, float* scales);

/// A slice of a row is rounded to 255 even steps from its lowest value to its highest, x = lowest + scale * u.
void round_to_quads(const ConstMatrixView& x, int first, Int8Rows& rows) noexcept;
void round_to_quads(const ConstBf16View& x, int first, Int8Rows& rows) noexcept;

/// The sums of u times weights are exact, and times both scales; lowest times the sum of the weights is added, slice after slice.
void multiply_quads(const Int8Weights& weights, const Int8Rows& rows, const MatrixView& out, float* scratch) noexcept;
void multiply_quads(const Int8Weights& weights, const Int8Rows& rows, const Bf16View& out, float* scratch) noexcept;

/// Whether this machine has VNNI for the instruction set in use.
bool int8_quads_have_instructions() noexcept;

}  // namespace crossrank
