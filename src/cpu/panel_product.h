// panel_product: f32 products, of weights in panels of two vectors of features.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/matrix_view.h"

namespace crossrank {

/// Output features of a panel: weights lie as [out_features / width][in_features][width], the last panel filled up with zeros. Depends on
/// the instruction set in use.
int panel_width() noexcept;

/// Writes `count` rows [count, in_features] of a weight matrix, one a feature, to a panel: count <= width. The rest becomes zeros.
void write_panel(const float* rows, int count, int in_features, int width, float* panel) noexcept;

/// Weights in panels of panel_width().
struct PanelWeights {
  const float* panels = nullptr;
  int in_features = 0;
  int out_features = 0;
  const float* bias = nullptr;
};

/// Rows that lie this many floats apart, or a multiple of it, push each other out of the first-level cache.
inline constexpr int64_t kConflictingStride = 1024;
/// How far apart rows of so many floats lie best.
constexpr int64_t row_stride(int columns) noexcept { return columns % kConflictingStride == 0 ? int64_t{columns} + 16 : columns; }

/// out [rows, out_features] = x [rows, in_features] W^T, plus the bias where there is one. Each number is summed in the same order,
/// whatever the number of rows. Rows of x that lie a multiple of kConflictingStride apart are copied first. `scratch` has room for
/// panel_product_scratch floats.
void panel_product(const PanelWeights& weights, ConstMatrixView x, MatrixView out, float* scratch) noexcept;
size_t panel_product_scratch(int rows, int in_features) noexcept;

}  // namespace crossrank
