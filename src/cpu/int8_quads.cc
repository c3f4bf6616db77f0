#include "cpu/int8_quads.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/int8_quads.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "cpu/int8_rounding-inl.h"
#include "cpu/int8_sums-inl.h"
#include "cpu/panel_walk-inl.h"
#include "cpu/quads-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

constexpr int kSteps = 255;  // of an input

// Four neighbouring values of every column, or of one row in every lane, and the sum of their products: at most 4 * 255 * 127 each.
#if HWY_TARGET == HWY_SCALAR
struct ScalarInputs {
  using Input = uint8_t;
  static constexpr int kGroup = 4;
  static constexpr bool kInOneInstruction = false;
  struct Columns {
    const int8_t* values;
  };
  struct Row {
    const uint8_t* values;
  };
  static HWY_INLINE Columns load_columns(const int8_t* from) { return {from}; }
  static HWY_INLINE Row load_row(const uint8_t* from) { return {from}; }
  static HWY_INLINE hn::Vec<Sums> add_products(Row row, Columns columns, hn::Vec<Sums> sum) {
    int32_t products = 0;
    for (int i = 0; i < 4; ++i) products += row.values[i] * columns.values[i];
    return hn::Add(sum, hn::Set(Sums(), products));
  }
};
using Inputs = ScalarInputs;
using InstructionInputs = ScalarInputs;
#else
template <class Products>
struct VectorInputs : Products {
  using Input = uint8_t;
  static constexpr int kGroup = 4;
  using Columns = typename Products::Signed;
  using Row = typename Products::Unsigned;
  static HWY_INLINE Columns load_columns(const int8_t* from) { return hn::Load(hn::Repartition<int8_t, Sums>(), from); }
  static HWY_INLINE Row load_row(const uint8_t* from) {
    int32_t quad;
    std::memcpy(&quad, from, sizeof(quad));
    return hn::BitCast(hn::Repartition<uint8_t, Sums>(), hn::Set(Sums(), quad));
  }
};
using Inputs = VectorInputs<Quads>;
using InstructionInputs = VectorInputs<VnniQuads>;
#endif

struct QuadTile : TileTarget<int8_t> {
  const uint8_t* x;         // [rows, 4 * quads], row after row
  const float* row_scales;  // [rows][2], scale and lowest value
  const int8_t* panel;
  const float* scales;  // [kQuadScales][kPanel]
  int quads;

  void go_down(int rows) {
    x += int64_t{4} * rows * quads;
    row_scales += int64_t{2} * rows;
  }
  int weights() const { return 4 * quads * kPanel; }
};

// Sums to their places in `out`, added to what the tile says where kAdded.
template <bool kAdded, int kRows, typename Out>
HWY_INLINE void store_sums(const QuadTile& tile, const hn::Vec<Sums> (&sums)[kRows][2], Out* out, int64_t out_stride) {
  const Full d;
  const float* added = tile.before != nullptr ? tile.before : tile.bias;
  const int64_t added_stride = tile.before != nullptr ? kPanel : 0;
  const float* row_scales = tile.row_scales;
  const float* scales = tile.scales;
  Vector column_scales[2], column_sums[2];
  for_each_of<2>([&](auto v) CROSSRANK_UNROLLED {
    column_scales[v] = hn::LoadU(d, scales + v * kLanes);
    column_sums[v] = hn::LoadU(d, scales + kPanel + v * kLanes);
  });
  for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
    const auto scale = hn::Set(d, row_scales[2 * r]), lowest = hn::Set(d, row_scales[2 * r + 1]);
    Vector values[2];
    for_each_of<2>([&](auto v) CROSSRANK_UNROLLED {
      values[v] = hn::Mul(hn::ConvertTo(d, sums[r][v]), hn::Mul(scale, column_scales[v]));
      values[v] = hn::Add(values[v], hn::Mul(lowest, column_sums[v]));
      if constexpr (kAdded) values[v] = hn::Add(values[v], hn::LoadU(d, added + r * added_stride + v * kLanes));
    });
    store_two(values[0], values[1], out + r * out_stride);
  });
}

template <class Kind>
struct QuadPanels {
  using Tile = QuadTile;
  static constexpr int kMostRows = kTileRows;

  template <int kRows>
  static HWY_NOINLINE void multiply(const Tile& tile) {
    tile.prefetch(kRows);
    hn::Vec<Sums> sums[kRows][2];
    sum_products<Kind, kRows>(tile.x, tile.panel, tile.quads, sums);
    const bool added = tile.before != nullptr || tile.bias != nullptr;
    if (tile.rounded != nullptr) {
      added ? store_sums<true>(tile, sums, tile.rounded, tile.rounded_stride)
            : store_sums<false>(tile, sums, tile.rounded, tile.rounded_stride);
    } else {
      added ? store_sums<true>(tile, sums, tile.out, tile.out_stride) : store_sums<false>(tile, sums, tile.out, tile.out_stride);
    }
  }
};

bool HaveInstructions() { return has_quad_instructions(); }

float RoundWeights(const float* x, size_t n, int16_t* to) { return round_weights(x, n, to); }

// Rows that are rounded together: the scale of one takes longer to come than its values.
constexpr int kRowsTogether = 4;

// A slice of at most kRowsTogether rows: x [rows, values], of which each takes `size` bytes.
template <typename Value>
HWY_INLINE void round_slice(const BasicMatrixView<const Value>& x, int size, uint8_t* to, float* scales) {
  const auto n = static_cast<size_t>(x.columns);
  Range ranges[kRowsTogether] = {};
  RowScale row_scales[kRowsTogether] = {};
  for (int r = 0; r < x.rows; ++r) ranges[r] = range_of(x.row(r), n);
  for (int r = 0; r < x.rows; ++r) row_scales[r] = scale_of(ranges[r], kSteps);
  for (int r = 0; r < x.rows; ++r, to += size) {
    *scales++ = row_scales[r].scale;
    *scales++ = row_scales[r].lowest;
    round_values(x.row(r), n, row_scales[r], to);
    std::fill(to + n, to + size, uint8_t{0});
  }
}

// They lie slice after slice, of each all rows; they are read as x lies, row after row.
template <typename Value>
HWY_INLINE void round_rows(const BasicMatrixView<const Value>& x, int first, Int8Rows& rows) {
  const Int8Slices slices = quad_slices(x.columns);
  for (int r = 0; r < x.rows; r += kRowsTogether) {
    const int count = std::min(kRowsTogether, x.rows - r);
    for (int s = 0; s < slices.count; ++s) {
      const int begin = 4 * slices.begin(s), size = 4 * slices.begin(s + 1) - begin;
      round_slice<Value>({x.row(r) + begin, count, std::min(size, x.columns - begin), x.stride}, size,
                         rows.quads.data() + int64_t{begin} * rows.rows + int64_t{first + r} * size,
                         rows.scales.data() + 2 * (int64_t{s} * rows.rows + first + r));
    }
  }
}

void RoundRows(const ConstMatrixView& x, int first, Int8Rows& rows) { round_rows(x, first, rows); }
void RoundBf16Rows(const ConstBf16View& x, int first, Int8Rows& rows) { round_rows(x, first, rows); }

template <class Panels, typename Out>
void multiply_slices(const Int8Weights& weights, const Int8Rows& rows, const BasicMatrixView<Out>& out, float* scratch) {
  const Int8Slices slices = quad_slices(weights.in_features);
  const int64_t panel_size = 4 * int64_t{slices.groups} * kPanel;
  multiply_panels<Panels>(slices.count, weights.bias, out, scratch, [&](int panel, int slice) {
    const int begin = slices.begin(slice);
    QuadTile tile = {};
    tile.x = rows.quads.data() + 4 * int64_t{begin} * rows.rows;
    tile.row_scales = rows.scales.data() + 2 * int64_t{slice} * rows.rows;
    tile.panel = weights.panels + panel * panel_size + 4 * int64_t{begin} * kPanel;
    tile.scales = weights.scales + (int64_t{panel} * slices.count + slice) * kQuadScales * kPanel;
    tile.quads = slices.begin(slice + 1) - begin;
    return tile;
  });
}

template <typename Out>
void multiply(const Int8Weights& weights, const Int8Rows& rows, const BasicMatrixView<Out>& out, float* scratch) {
  has_quad_instructions() ? multiply_slices<QuadPanels<InstructionInputs>>(weights, rows, out, scratch)
                          : multiply_slices<QuadPanels<Inputs>>(weights, rows, out, scratch);
}

void MultiplyQuads(const Int8Weights& weights, const Int8Rows& rows, const MatrixView& out, float* scratch) {
  multiply(weights, rows, out, scratch);
}

void MultiplyQuadsToBf16(const Int8Weights& weights, const Int8Rows& rows, const Bf16View& out, float* scratch) {
  multiply(weights, rows, out, scratch);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(HaveInstructions);
HWY_EXPORT(RoundWeights);
HWY_EXPORT(RoundRows);
HWY_EXPORT(RoundBf16Rows);
HWY_EXPORT(MultiplyQuads);
HWY_EXPORT(MultiplyQuadsToBf16);

void write_quads(const float* rows, int count, int in_features, int width, int8_t* panel, float* scales) {
  const Int8Slices slices = quad_slices(in_features);
  std::vector<int16_t> rounded(static_cast<size_t>(in_features));
  for (int s = 0; s < slices.count; ++s, scales += kQuadScales * width) {
    const int begin = 4 * slices.begin(s), end = std::min(4 * slices.begin(s + 1), in_features);
    for (int c = 0; c < count; ++c) {
      const float* row = rows + static_cast<int64_t>(c) * in_features + begin;
      scales[c] = HWY_DYNAMIC_DISPATCH(RoundWeights)(row, static_cast<size_t>(end - begin), rounded.data());
      scales[width + c] = scales[c] * static_cast<float>(std::accumulate(rounded.begin(), rounded.begin() + (end - begin), 0));
      for (int k = begin; k < end; ++k) {
        panel[(int64_t{k / 4} * width + c) * 4 + k % 4] = static_cast<int8_t>(rounded[static_cast<size_t>(k - begin)]);
      }
    }
  }
}

void round_to_quads(const ConstMatrixView& x, int first, Int8Rows& rows) noexcept { HWY_DYNAMIC_DISPATCH(RoundRows)(x, first, rows); }

void round_to_quads(const ConstBf16View& x, int first, Int8Rows& rows) noexcept { HWY_DYNAMIC_DISPATCH(RoundBf16Rows)(x, first, rows); }

void multiply_quads(const Int8Weights& weights, const Int8Rows& rows, const MatrixView& out, float* scratch) noexcept {
  HWY_DYNAMIC_DISPATCH(MultiplyQuads)(weights, rows, out, scratch);
}

void multiply_quads(const Int8Weights& weights, const Int8Rows& rows, const Bf16View& out, float* scratch) noexcept {
  HWY_DYNAMIC_DISPATCH(MultiplyQuadsToBf16)(weights, rows, out, scratch);
}

bool int8_quads_have_instructions() noexcept { return HWY_DYNAMIC_DISPATCH(HaveInstructions)(); }

}  // namespace crossrank
#endif  // HWY_ONCE
