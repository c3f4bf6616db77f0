#include "cpu/panel_product.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/panel_product.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "cpu/panel_walk-inl.h"
#include "cpu/unrolled-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

int Width() { return kPanel; }

struct F32Tile : TileTarget<float> {
  const float* x;  // [rows, depth]
  int64_t x_stride;
  const float* panel;
  int depth;

  void go_down(int rows) { x += rows * x_stride; }
  int weights() const { return depth * kPanel; }
};

struct F32Panels {
  using Tile = F32Tile;
  static constexpr int kMostRows = kTileRows;

  template <int kRows>
  static HWY_NOINLINE void multiply(const Tile& tile) {
    const Full d;
    const int depth = tile.depth;
    const float* HWY_RESTRICT x = tile.x;
    const float* HWY_RESTRICT panel = tile.panel;
    float* HWY_RESTRICT out = tile.out;
    const int64_t stride = tile.x_stride, out_stride = tile.out_stride;
    tile.prefetch(kRows);
    Vector sums[kRows][2];
    begin(tile, sums);
    for (int k = 0; k < depth; ++k) {
      Vector columns[2];
      for_each_of<2>([&](auto v) CROSSRANK_UNROLLED { columns[v] = hn::Load(d, panel + v * kLanes); });
      for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
        const auto value = hn::Set(d, x[r * stride + k]);
        for_each_of<2>([&](auto v) CROSSRANK_UNROLLED { sums[r][v] = hn::MulAdd(value, columns[v], sums[r][v]); });
      });
      panel += kPanel;
    }
    for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
      for_each_of<2>([&](auto v) CROSSRANK_UNROLLED { hn::StoreU(sums[r][v], d, out + v * kLanes); });
      out += out_stride;
    });
  }

  // The sums of the slices before, or the bias.
  template <int kRows>
  static HWY_INLINE void begin(const Tile& tile, Vector (&sums)[kRows][2]) {
    const Full d;
    if (const float* HWY_RESTRICT before = tile.before; before != nullptr) {
      for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
        for_each_of<2>([&](auto v) CROSSRANK_UNROLLED { sums[r][v] = hn::LoadU(d, before + (2 * r + v) * kLanes); });
      });
      return;
    }
    for_each_of<2>([&](auto v) CROSSRANK_UNROLLED {
      const auto bias = tile.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, tile.bias + v * kLanes);
      for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED { sums[r][v] = bias; });
    });
  }
};

// Most input features that are multiplied before the next slice's turn, while all rows pass by. With 16 lanes that much of a panel is 12
// KB, and lies in the first-level cache beside the next one, which comes meanwhile. With fewer, slices as short put sums away and fetch
// them again too often.
constexpr int kSlice = kLanes == 16 ? 96 : 768;

void MultiplyPanels(const PanelWeights& weights, const ConstMatrixView& x, const MatrixView& out, float* scratch) {
  const int in = weights.in_features;
  const int slices = (in + kSlice - 1) / kSlice;
  ConstMatrixView rows = x;
  if (x.stride % kConflictingStride == 0) {
    float* copy = scratch + int64_t{x.rows} * kPanel;
    rows = {copy, x.rows, in, row_stride(in)};
    for (int r = 0; r < x.rows; ++r) std::copy_n(x.row(r), in, copy + r * rows.stride);
  }
  multiply_panels<F32Panels>(slices, weights.bias, out, scratch, [&](int panel, int slice) {
    const int begin = in * slice / slices;
    F32Tile tile = {};
    tile.x = rows.data + begin;
    tile.x_stride = rows.stride;
    tile.panel = weights.panels + (static_cast<int64_t>(panel) * in + begin) * kPanel;
    tile.depth = in * (slice + 1) / slices - begin;
    return tile;
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(Width);
HWY_EXPORT(MultiplyPanels);

size_t panel_product_scratch(int rows, int in_features) noexcept {
  return static_cast<size_t>(rows) * static_cast<size_t>(panel_width() + row_stride(in_features));
}

int panel_width() noexcept { return HWY_DYNAMIC_DISPATCH(Width)(); }

void write_panel(const float* rows, int count, int in_features, int width, float* panel) noexcept {
  for (int k = 0; k < in_features; ++k) {
    for (int c = 0; c < width; ++c) panel[k * width + c] = c < count ? rows[static_cast<int64_t>(c) * in_features + k] : 0.0f;
  }
}

void panel_product(const PanelWeights& weights, ConstMatrixView x, MatrixView out, float* scratch) noexcept {
  HWY_DYNAMIC_DISPATCH(MultiplyPanels)(weights, x, out, scratch);
}

}  // namespace crossrank
#endif  // HWY_ONCE
