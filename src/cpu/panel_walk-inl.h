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
#include <type_traits>
#include <utility>

#include "cpu/attention_tile-inl.h"
#include "cpu/matrix_view.h"
#include "cpu/operands-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {

// Kind has the most rows of a tile, kMostRows, and multiply<rows>(tile), which multiplies that many rows with the tile's panel. Its Tile is
// what that reads and writes: a TileTarget, how many weights it reads (weights), and what rows it begins at (go_down moves them).
template <typename Weight>
struct TileTarget {
  // Sums go to one of both [rows, kPanel], as floats or rounded to bf16; the other is null.
  float* out = nullptr;
  int64_t out_stride = 0;
  Bf16* rounded = nullptr;
  int64_t rounded_stride = 0;
  const float* before = nullptr;  // sums of the slices before [rows, kPanel], or null
  const float* bias = nullptr;    // [kPanel], or null
  const Weight* next = nullptr;   // read soon: [ahead]
  int ahead = 0;

  // What comes after these rows' sums comes nearer while they are made.
  HWY_INLINE void prefetch(int rows) const {
    constexpr int kCacheLine = 64 / sizeof(Weight);
    const bool was_read = out_stride == kPanel;  // `before`: what lies side by side is near
    for (int r = 0; r < rows && out != nullptr && !was_read; ++r) {
      hwy::Prefetch(out + r * out_stride);
      hwy::Prefetch(out + r * out_stride + kPanel - 1);
    }
    for (int r = 0; r < rows && rounded != nullptr; ++r) hwy::Prefetch(rounded + r * rounded_stride);
    for (int i = 0; i < ahead; i += kCacheLine) hwy::Prefetch(next + i);
  }
  void move_down(int rows) {
    if (out != nullptr) out += rows * out_stride;
    if (rounded != nullptr) rounded += rows * rounded_stride;
    if (before != nullptr) before += rows * kPanel;
    next += ahead;
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
    tile.move_down(rows);
  });
}

// Sums [rows, kPanel] to their places: the columns of `out` from `first` on, as far as there are any.
template <typename Out>
HWY_INLINE void store_panel(const float* sums, int first, const BasicMatrixView<Out>& out) {
  const Full d;
  const One one;
  const int features = std::min(kPanel, out.columns - first);
  for (int r = 0; r < out.rows; ++r, sums += kPanel) {
    Out* to = out.row(r) + first;
    int i = 0;
    for (; i + kLanes <= features; i += kLanes) store_values(hn::LoadU(d, sums + i), d, to + i);
    for (; i < features; ++i) store_values(hn::Set(one, sums[i]), one, to + i);
  }
}

// out.rows rows with all panels, of each panel `slices` after one another, while its sums are near. tile_of(panel, slice) says what is
// multiplied; where it goes is added here. Between slices sums lie in `beside` [rows, kPanel], close together: rows of `out` a multiple of
// 4 KB apart would push each other out of the first-level cache. So do those of a last panel that is wider than what is left of `out`.
template <class Kind, typename Out, class TileOf>
HWY_INLINE void multiply_panels(int slices, const float* bias, const BasicMatrixView<Out>& out, float* beside, const TileOf& tile_of) {
  const int panels = (out.columns + kPanel - 1) / kPanel;
  HWY_ALIGN float last_bias[kPanel] = {};
  if (bias != nullptr && panels > 0) std::copy(bias + (panels - 1) * kPanel, bias + out.columns, last_bias);
  for (int p = 0; p < panels; ++p) {
    const int first = p * kPanel;
    const bool partial = first + kPanel > out.columns;
    for (int s = 0; s < slices; ++s) {
      const bool last = s + 1 == slices;
      typename Kind::Tile tile = tile_of(p, s);
      if (s > 0) tile.before = beside;
      if (bias != nullptr) tile.bias = p + 1 == panels ? last_bias : bias + first;
      if (!last || partial) {
        tile.out = beside;
        tile.out_stride = kPanel;
      } else if constexpr (std::is_same_v<Out, float>) {
        tile.out = out.data + first;
        tile.out_stride = out.stride;
      } else {
        tile.rounded = out.data + first;
        tile.rounded_stride = out.stride;
      }
      multiply_whole_panel<Kind>(tile, out.rows, last && p + 1 == panels ? nullptr : tile_of(last ? p + 1 : p, last ? 0 : s + 1).panel);
    }
    if (partial) store_panel(beside, first, out);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_PANEL_WALK_INL_H_
