#include "cpu/panel_product.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/panel_product.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "cpu/attention_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

constexpr int kCacheLineFloats = 16;

int Width() { return kPanel; }

// What a tile reads and writes.
struct Tile {
  const float* x;  // [rows, depth], row after row
  const float* panel;
  int depth;
  const float* bias;  // [kPanel], or null
  bool add;           // to what out holds, where a bias is in already
  float* out;
  int64_t out_stride;
  const float* next;  // read soon: [ahead]
  int ahead;
};

// Sums begin at zero and are added at the end, so that what they are added to has time to come.
template <int kRows>
HWY_NOINLINE void multiply_panel(const Tile& tile) {
  const Full d;
  const int depth = tile.depth;
  const float* HWY_RESTRICT x = tile.x;
  const float* HWY_RESTRICT panel = tile.panel;
  for (int r = 0; r < kRows; ++r) {
    hwy::Prefetch(tile.out + r * tile.out_stride);
    hwy::Prefetch(tile.out + r * tile.out_stride + kPanel - 1);
  }
  for (int i = 0; i < tile.ahead; i += kCacheLineFloats) hwy::Prefetch(tile.next + i);
  const int64_t stride = depth;
  Vector sums[kRows][2];
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < 2; ++v) sums[r][v] = hn::Zero(d);
  }
  for (int k = 0; k < depth; ++k) {
    Vector columns[2];
    for (int v = 0; v < 2; ++v) columns[v] = hn::Load(d, panel + v * kLanes);
    for (int r = 0; r < kRows; ++r) {
      const auto value = hn::Set(d, x[r * stride + k]);
      for (int v = 0; v < 2; ++v) sums[r][v] = hn::MulAdd(value, columns[v], sums[r][v]);
    }
    panel += kPanel;
  }
  const float* added = tile.add ? tile.out : tile.bias;
  const int64_t added_stride = tile.add ? tile.out_stride : 0;
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < 2; ++v) {
      auto sum = sums[r][v];
      if (added != nullptr) sum = hn::Add(sum, hn::LoadU(d, added + r * added_stride + v * kLanes));
      hn::StoreU(sum, d, tile.out + r * tile.out_stride + v * kLanes);
    }
  }
}

template <int... kRows>
HWY_INLINE void multiply_rows(int rows, const Tile& tile, std::integer_sequence<int, kRows...>) {
  using Function = void (*)(const Tile&);
  static constexpr Function kTable[] = {&multiply_panel<kRows + 1>...};
  kTable[rows - 1](tile);
}

HWY_INLINE void multiply_rows(int rows, const Tile& tile) { multiply_rows(rows, tile, std::make_integer_sequence<int, kTileRows>()); }

// All rows with one panel's slice. The next panel's comes nearer meanwhile.
HWY_INLINE void multiply_slice(Tile tile, int count, const float* next) {
  const int tiles = (count + kTileRows - 1) / kTileRows;
  tile.next = next;
  tile.ahead = next == nullptr ? 0 : tile.depth * kPanel / tiles;
  for_tiles(count, [&](int, int rows) {
    multiply_rows(rows, tile);
    tile.x += static_cast<int64_t>(rows) * tile.depth;
    tile.out += rows * tile.out_stride;
    tile.next += tile.ahead;
  });
}

// The last panel, of fewer features than a panel has: its sums are made beside `out`.
void multiply_partial(const PanelWeights& weights, const Tile& whole, int count, const MatrixView& out) {
  const int first = weights.out_features / kPanel * kPanel;
  const int features = weights.out_features - first;
  HWY_ALIGN float sums[kTileRows * kPanel] = {};
  HWY_ALIGN float bias[kPanel] = {};
  Tile tile = whole;
  if (tile.bias != nullptr) {
    std::copy_n(tile.bias, features, bias);
    tile.bias = bias;
  }
  tile.out = sums;
  tile.out_stride = kPanel;
  for_tiles(count, [&](int row, int rows) {
    for (int r = 0; r < rows && tile.add; ++r) std::copy_n(out.row(row + r) + first, features, sums + r * kPanel);
    multiply_rows(rows, tile);
    for (int r = 0; r < rows; ++r) std::copy_n(sums + r * kPanel, features, out.row(row + r) + first);
    tile.x += static_cast<int64_t>(rows) * tile.depth;
  });
}

void MultiplyPanels(const PanelWeights& weights, const ConstMatrixView& x, const MatrixView& out, float* scratch) {
  const int in = weights.in_features;
  const int slices = (in + kPanelSlice - 1) / kPanelSlice;
  const int panels = (weights.out_features + kPanel - 1) / kPanel;
  for (int s = 0; s < slices; ++s) {
    const int begin = in * s / slices, depth = in * (s + 1) / slices - begin;
    for (int r = 0; r < x.rows; ++r) std::copy_n(x.row(r) + begin, depth, scratch + static_cast<int64_t>(r) * depth);
    for (int p = 0; p < panels; ++p) {
      const int first = p * kPanel;
      const float* panel = weights.panels + (static_cast<int64_t>(p) * in + begin) * kPanel;
      const float* bias = weights.bias == nullptr ? nullptr : weights.bias + first;
      const Tile tile = {scratch, panel, depth, bias, s > 0, out.data + first, out.stride, nullptr, 0};
      if (first + kPanel > weights.out_features) {
        multiply_partial(weights, tile, x.rows, out);
      } else {
        multiply_slice(tile, x.rows, p + 1 < panels ? panel + static_cast<int64_t>(in) * kPanel : nullptr);
      }
    }
  }
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
  return static_cast<size_t>(rows) * static_cast<size_t>(std::min(kPanelSlice, in_features));
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
