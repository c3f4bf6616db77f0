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

  // Sums begin at zero and are added at the end, so that what they are added to has time to come.
  template <int kRows>
  static HWY_NOINLINE void multiply(const Tile& tile) {
    const Full d;
    const int depth = tile.depth;
    const float* HWY_RESTRICT x = tile.x;
    const float* HWY_RESTRICT panel = tile.panel;
    tile.prefetch(kRows);
    const int64_t stride = tile.x_stride;
    Vector sums[kRows][2];
    for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED { for_each_of<2>([&](auto v) CROSSRANK_UNROLLED { sums[r][v] = hn::Zero(d); }); });
    for (int k = 0; k < depth; ++k) {
      Vector columns[2];
      for_each_of<2>([&](auto v) CROSSRANK_UNROLLED { columns[v] = hn::Load(d, panel + v * kLanes); });
      for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
        const auto value = hn::Set(d, x[r * stride + k]);
        for_each_of<2>([&](auto v) CROSSRANK_UNROLLED { sums[r][v] = hn::MulAdd(value, columns[v], sums[r][v]); });
      });
      panel += kPanel;
    }
    const float* added = tile.before != nullptr ? tile.before : tile.bias;
    const int64_t added_stride = tile.before != nullptr ? kPanel : 0;
    for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
      for_each_of<2>([&](auto v) CROSSRANK_UNROLLED {
        auto sum = sums[r][v];
        if (added != nullptr) sum = hn::Add(sum, hn::LoadU(d, added + r * added_stride + v * kLanes));
        hn::StoreU(sum, d, tile.out + r * tile.out_stride + v * kLanes);
      });
    });
  }
};

// Rows that lie this many floats apart, or a multiple of it, would push each other out of the first-level cache.
constexpr int64_t kConflictingStride = 1024;

void MultiplyPanels(const PanelWeights& weights, const ConstMatrixView& x, const MatrixView& out, float* scratch) {
  const int in = weights.in_features;
  const int slices = (in + kPanelSlice - 1) / kPanelSlice;
  ConstMatrixView rows = x;
  if (x.stride % kConflictingStride == 0) {
    float* copy = scratch + int64_t{x.rows} * kPanel;
    rows = {copy, x.rows, in, int64_t{in} + kLanes};
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
  constexpr int kMostLanes = 16;  // between the rows of a copy
  return static_cast<size_t>(rows) * static_cast<size_t>(panel_width() + in_features + kMostLanes);
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
