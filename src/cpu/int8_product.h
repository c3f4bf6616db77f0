// int8_product: products of 8-bit weights with exact sums, of crossrank's own, the same to the last bit on every instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cpu/matrix_view.h"

namespace crossrank {

/// How inputs are rounded, and how weights lie.
/// kPairs: inputs of as many steps as 16 bits and an exact sum allow, one scale a row; weights with one scale a feature. They meet in pairs
/// (vpmaddwd), as every machine can.
/// kQuads: inputs of 8 bits from the lowest value to the highest, for each slice of at most 768 of a row, and weights with a scale for each
/// such slice of a feature. They meet in fours (vpdpbusd): twice as many an instruction, where the machine has it (VNNI).
enum class Int8Layout { kPairs, kQuads };

/// kQuads where this machine multiplies them by instructions of its own (AVX512_VNNI, AVX_VNNI), else kPairs. Where the environment has
/// CROSSRANK_INT8_LAYOUT, "pairs" or "quads", that: every machine computes both, and the same.
Int8Layout int8_layout();

/// For people: "int8 pairs:avx2", "int8 quads:avx512_vnni". Without VNNI, quads are "int8 quads:avx2", slower than pairs.
std::string int8_implementation(Int8Layout layout);

/// Most input features of which every sum fits 32 bits: 127 * 127 * this < 2^31. In quads a slice's would, whatever their number.
inline constexpr int kMostInt8Features = 133'000;

/// Output features of a panel. Depends on the instruction set in use.
int int8_panel_width() noexcept;
/// Bytes of a panel, and floats that belong to it.
size_t int8_panel_size(Int8Layout layout, int in_features, int width) noexcept;
size_t int8_panel_scales(Int8Layout layout, int in_features, int width) noexcept;

/// Rounds `count` rows [count, in_features] of a weight matrix, one an output feature, and writes them to a panel [int8_panel_size] and
/// its scales [int8_panel_scales]: count <= width. The rest becomes zeros, with scales of zero.
void write_int8_panel(Int8Layout layout, const float* rows, int count, int in_features, int width, int8_t* panel, float* scales);

/// Weights in panels of int8_panel_width().
struct Int8Weights {
  Int8Layout layout = Int8Layout::kPairs;
  const int8_t* panels = nullptr;
  const float* scales = nullptr;
  int in_features = 0;
  int out_features = 0;
  const float* bias = nullptr;
};

/// Rounded rows, in the order that a layout's product reads.
struct Int8Rows {
  Int8Layout layout = Int8Layout::kPairs;
  int rows = 0;
  int in_features = 0;
  std::vector<int16_t> pairs;
  std::vector<uint8_t> quads;
  std::vector<float> scales;

  /// Makes room for rows [rows, in_features]; what was there is lost.
  void start(Int8Layout layout, int rows, int in_features);
};

/// Rounds x [count, in_features] to rows [first, first + count) of `rows`, as int8_pairs.h and int8_quads.h say.
void round_int8_rows(ConstMatrixView x, int first, Int8Rows& rows) noexcept;
void round_int8_rows(ConstBf16View x, int first, Int8Rows& rows) noexcept;

/// out [rows, out_features] = rows W^T, plus the bias where there is one. A row or a feature with a number that is not finite has results
/// that are not numbers. Rows and weights are of one layout. `scratch` has room for int8_product_scratch floats. What becomes bf16 is
/// rounded at the end; on AVX-512 that needs AVX512_BF16 (has_fast_bf16()).
void int8_product(const Int8Weights& weights, const Int8Rows& rows, MatrixView out, float* scratch) noexcept;
void int8_product(const Int8Weights& weights, const Int8Rows& rows, Bf16View out, float* scratch) noexcept;
size_t int8_product_scratch(int rows) noexcept;

}  // namespace crossrank
