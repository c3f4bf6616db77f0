// panel_product: f32 products of crossrank's own, for machines where oneDNN has no blocked kernel (those without AVX-512).
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/matrix_view.h"

namespace crossrank {

/// Most input features that are multiplied before the next slice's turn, while all rows pass by. Fewer would keep that much of a panel (48
/// KB with AVX2) in the first-level cache, but put sums away and fetch them again more often, which costs more.
inline constexpr int kPanelSlice = 768;

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

/// out [rows, out_features] = x [rows, in_features] W^T, plus the bias where there is one. Each number is summed in the same order,
/// whatever the number of rows. `scratch` has room for panel_product_scratch floats.
void panel_product(const PanelWeights& weights, ConstMatrixView x, MatrixView out, float* scratch) noexcept;
size_t panel_product_scratch(int rows, int in_features) noexcept;

}  // namespace crossrank
