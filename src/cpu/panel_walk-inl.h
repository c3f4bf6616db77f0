// panel_walk: how products of rows with panels of weights go over both, whatever they are made of, for one instruction set at a time. Used
// by panel_product.cc (f32), int8_pairs.cc and int8_quads.cc.
#if defined(CROSSRANK_CPU_PANEL_WALK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_PANEL_WALK_INL_H_
#undef CROSSRANK_CPU_PANEL_WALK_INL_H_
#else
#define CROSSRANK_CPU_PANEL_WALK_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "cpu/attention_tile-inl.h"
#include "cpu/matrix_view.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {

// Kind has the most rows of a tile, kMostRows, and multiply<rows>(tile), which multiplies that many rows with the tile's panel. Its Tile is
// what that reads and writes: a TileTarget, how many weights it reads (weights), what rows it begins at (go_down moves them), and whether
// sums are added to what out holds (adds).
template <typename Weight>
struct TileTarget {
  const float* bias = nullptr;  // [kPanel], or null
  float* out = nullptr;
  int64_t out_stride = 0;
  const Weight* next = nullptr;  // read soon: [ahead]
  int ahead = 0;

  // What comes after these rows' sums comes nearer while they are made.
  HWY_INLINE void prefetch(int rows) const {
    constexpr int kCacheLine = 64 / sizeof(Weight);
    for (int r = 0; r < rows; ++r) {
      hwy::Prefetch(out + r * out_stride);
      hwy::Prefetch(out + r * out_stride + kPanel - 1);
    }
    for (int i = 0; i < ahead; i += kCacheLine) hwy::Prefetch(next + i);
  }
};

template <class Kind, int... kRows>
HWY_INLINE void multiply_rows(int rows, const typename Kind::Tile& tile, std::integer_sequence<int, kRows...>) {
  using Function = void (*)(const typename Kind::Tile&);
  static constexpr Function kTable[] = {&Kind::template multiply<kRows + 1>...};
  kTable[rows - 1](tile);
}

template <class Kind>
HWY_INLINE void multiply_rows(int rows, const typename Kind::Tile& tile) {
  multiply_rows<Kind>(rows, tile, std::make_integer_sequence<int, Kind::kMostRows>());
}

// `count` rows with one panel's slice. The next one, null behind the last, comes nearer meanwhile.
template <class Kind, typename Weight>
HWY_INLINE void multiply_whole_panel(typename Kind::Tile tile, int count, const Weight* next) {
  tile.next = next;
  tile.ahead = next == nullptr ? 0 : tile.weights() / ((count + Kind::kMostRows - 1) / Kind::kMostRows);
  for_tiles<Kind::kMostRows>(count, [&](int, int rows) {
    multiply_rows<Kind>(rows, tile);
    tile.go_down(rows);
    tile.out += rows * tile.out_stride;
    tile.next += tile.ahead;
  });
}

// The last panel, of fewer features than a panel has: its sums are made beside `out` [count, out_features].
template <class Kind>
HWY_INLINE void multiply_partial_panel(typename Kind::Tile tile, int count, int out_features, const MatrixView& out) {
  const int first = out_features / kPanel * kPanel;
  const int features = out_features - first;
  HWY_ALIGN float sums[Kind::kMostRows * kPanel] = {};
  HWY_ALIGN float bias[kPanel] = {};
  if (tile.bias != nullptr) {
    std::copy_n(tile.bias, features, bias);
    tile.bias = bias;
  }
  tile.out = sums;
  tile.out_stride = kPanel;
  for_tiles<Kind::kMostRows>(count, [&](int row, int rows) {
    for (int r = 0; r < rows && tile.adds(); ++r) std::copy_n(out.row(row + r) + first, features, sums + r * kPanel);
    multiply_rows<Kind>(rows, tile);
    for (int r = 0; r < rows; ++r) std::copy_n(sums + r * kPanel, features, out.row(row + r) + first);
    tile.go_down(rows);
  });
}

// `count` rows with all panels, of each panel `slices` after one another, while its sums are near. tile_of(panel, slice) says what is
// multiplied; where it goes is added here.
template <class Kind, class TileOf>
HWY_INLINE void multiply_panels(int count, int slices, const float* bias, const MatrixView& out, const TileOf& tile_of) {
  const int panels = (out.columns + kPanel - 1) / kPanel;
  for (int p = 0; p < panels; ++p) {
    const int first = p * kPanel;
    for (int s = 0; s < slices; ++s) {
      typename Kind::Tile tile = tile_of(p, s);
      tile.bias = bias == nullptr ? nullptr : bias + first;
      tile.out = out.data + first;
      tile.out_stride = out.stride;
      if (first + kPanel > out.columns) {
        multiply_partial_panel<Kind>(tile, count, out.columns, out);
      } else {
        const bool last = s + 1 == slices;
        multiply_whole_panel<Kind>(tile, count, last && p + 1 == panels ? nullptr : tile_of(last ? p + 1 : p, last ? 0 : s + 1).panel);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_PANEL_WALK_INL_H_
