#include "cpu/int8_pairs.h"

#include <algorithm>
#include <cstring>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/int8_pairs.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "cpu/int8_rounding-inl.h"
#include "cpu/int8_sums-inl.h"
#include "cpu/panel_walk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

// Two neighbouring values of every column, or of one row in every lane, in 16 bits; and the sum of their products in 32, which cannot
// overflow.
struct Pairs {
  using Input = int16_t;
  static constexpr int kGroup = 2;
  static constexpr bool kInOneInstruction = false;
#if HWY_TARGET == HWY_SCALAR
  struct Columns {
    int32_t first, second;
  };
  static HWY_INLINE Columns load_columns(const int8_t* from) { return {from[0], from[1]}; }
  static HWY_INLINE Columns load_row(const int16_t* from) { return {from[0], from[1]}; }
  static HWY_INLINE hn::Vec<Sums> add_products(Columns a, Columns b, hn::Vec<Sums> sum) {
    return hn::Add(sum, hn::Set(Sums(), a.first * b.first + a.second * b.second));
  }
#else
  using Halves = hn::Repartition<int16_t, Sums>;
  using Columns = hn::Vec<Halves>;
  static HWY_INLINE Columns load_columns(const int8_t* from) {
    return hn::PromoteTo(Halves(), hn::Load(hn::Rebind<int8_t, Halves>(), from));
  }
  static HWY_INLINE Columns load_row(const int16_t* from) {
    int32_t pair;
    std::memcpy(&pair, from, sizeof(pair));
    return hn::BitCast(Halves(), hn::Set(Sums(), pair));
  }
  static HWY_INLINE hn::Vec<Sums> add_products(Columns a, Columns b, hn::Vec<Sums> sum) {
    auto more = hn::Zero(Sums());  // where the instruction leaves sums of even and odd products apart; not on x86
    const auto products = hn::ReorderWidenMulAccumulate(Sums(), a, b, hn::Zero(Sums()), more);
    return hn::Add(sum, hn::RearrangeToOddPlusEven(products, more));
  }
#endif
};

// Half the registers hold sums: with a product and a sum in two instructions GCC 12 needs the others, or spills.
constexpr int kTileRowsOfPairs = kLanes == 16 ? 8 : 4;

float RoundWeights(const float* x, size_t n, int16_t* to) { return round_weights(x, n, to); }

struct PairTile : TileTarget<int8_t> {
  const int16_t* x;  // [rows, 2 * pairs], row after row
  const float* row_scales;
  const int8_t* panel;
  const float* scales;  // [kPanel]
  int pairs;
  bool last;  // slice: sums are scaled; before it, floats hold the bits of whole sums

  void go_down(int rows) {
    x += static_cast<int64_t>(rows) * pairs * 2;
    row_scales += rows;
  }
  int weights() const { return 2 * pairs * kPanel; }
};

// Sums to their places.
template <int kRows>
HWY_INLINE void store_sums(const PairTile& tile, const hn::Vec<Sums> (&sums)[kRows][2]) {
  const Full d;
  const Sums di;
  for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
    Vector values[2];
    for_each_of<2>([&](auto v) CROSSRANK_UNROLLED {
      const int i = v * kLanes;
      auto sum = sums[r][v];
      if (tile.before != nullptr) sum = hn::Add(sum, hn::BitCast(di, hn::LoadU(d, tile.before + r * kPanel + i)));
      values[v] = hn::BitCast(d, sum);
      if (tile.last) {
        const auto scale = hn::Mul(hn::Set(d, tile.row_scales[r]), hn::LoadU(d, tile.scales + i));
        values[v] = hn::Mul(hn::ConvertTo(d, sum), scale);
        if (tile.bias != nullptr) values[v] = hn::Add(values[v], hn::LoadU(d, tile.bias + i));
      }
    });
    if (tile.rounded != nullptr) {
      store_two(values[0], values[1], tile.rounded + r * tile.rounded_stride);
    } else {
      store_two(values[0], values[1], tile.out + r * tile.out_stride);
    }
  });
}

struct PairPanels {
  using Tile = PairTile;
  static constexpr int kMostRows = kTileRowsOfPairs;

  template <int kRows>
  static HWY_NOINLINE void multiply(const Tile& tile) {
    tile.prefetch(kRows);
    hn::Vec<Sums> sums[kRows][2];
    sum_products<Pairs, kRows>(tile.x, tile.panel, tile.pairs, sums);
    store_sums(tile, sums);
  }
};

// They lie slice after slice, of each all rows.
template <typename Value>
HWY_INLINE void round_rows(const BasicMatrixView<const Value>& x, int first, Int8Rows& rows) {
  const Int8Slices slices = pair_slices(x.columns);
  const int largest = largest_int8_input(x.columns);
  for (int r = 0; r < x.rows; ++r) {
    const RowScale scale = scale_around_zero(largest_magnitude(x.row(r), static_cast<size_t>(x.columns)), largest);
    rows.scales[static_cast<size_t>(first + r)] = scale.scale;
    for (int s = 0; s < slices.count; ++s) {
      const int begin = slices.begin(s), pairs = slices.begin(s + 1) - begin;
      int16_t* to = rows.pairs.data() + 2 * (int64_t{begin} * rows.rows + int64_t{first + r} * pairs);
      const int n = std::min(2 * pairs, x.columns - 2 * begin);
      round_values(x.row(r) + 2 * begin, static_cast<size_t>(n), scale, to);
      if (n < 2 * pairs) to[n] = 0;
    }
  }
}

void RoundRows(const ConstMatrixView& x, int first, Int8Rows& rows) { round_rows(x, first, rows); }
void RoundBf16Rows(const ConstBf16View& x, int first, Int8Rows& rows) { round_rows(x, first, rows); }

template <typename Out>
void multiply_slices(const Int8Weights& weights, const Int8Rows& rows, const BasicMatrixView<Out>& out, float* scratch) {
  const Int8Slices slices = pair_slices(weights.in_features);
  const int64_t panel_size = 2 * int64_t{slices.groups} * kPanel;
  multiply_panels<PairPanels>(slices.count, weights.bias, out, scratch, [&](int panel, int slice) {
    const int begin = slices.begin(slice);
    PairTile tile = {};
    tile.x = rows.pairs.data() + 2 * int64_t{begin} * rows.rows;
    tile.row_scales = rows.scales.data();
    tile.panel = weights.panels + panel * panel_size + 2 * int64_t{begin} * kPanel;
    tile.scales = weights.scales + int64_t{panel} * kPanel;
    tile.pairs = slices.begin(slice + 1) - begin;
    tile.last = slice + 1 == slices.count;
    return tile;
  });
}

void MultiplyPairs(const Int8Weights& weights, const Int8Rows& rows, const MatrixView& out, float* scratch) {
  multiply_slices(weights, rows, out, scratch);
}

void MultiplyPairsToBf16(const Int8Weights& weights, const Int8Rows& rows, const Bf16View& out, float* scratch) {
  multiply_slices(weights, rows, out, scratch);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(RoundWeights);
HWY_EXPORT(RoundRows);
HWY_EXPORT(RoundBf16Rows);
HWY_EXPORT(MultiplyPairs);
HWY_EXPORT(MultiplyPairsToBf16);

void write_pairs(const float* rows, int count, int in_features, int width, int8_t* panel, float* scales) {
  const auto n = static_cast<size_t>(in_features);
  std::vector<int16_t> rounded(n);
  for (int c = 0; c < count; ++c) {
    scales[c] = HWY_DYNAMIC_DISPATCH(RoundWeights)(rows + static_cast<int64_t>(c) * in_features, n, rounded.data());
    for (int64_t k = 0; k < in_features; ++k) {
      panel[(k / 2 * width + c) * 2 + k % 2] = static_cast<int8_t>(rounded[static_cast<size_t>(k)]);
    }
  }
}

void round_to_pairs(const ConstMatrixView& x, int first, Int8Rows& rows) noexcept { HWY_DYNAMIC_DISPATCH(RoundRows)(x, first, rows); }

void round_to_pairs(const ConstBf16View& x, int first, Int8Rows& rows) noexcept { HWY_DYNAMIC_DISPATCH(RoundBf16Rows)(x, first, rows); }

void multiply_pairs(const Int8Weights& weights, const Int8Rows& rows, const MatrixView& out, float* scratch) noexcept {
  HWY_DYNAMIC_DISPATCH(MultiplyPairs)(weights, rows, out, scratch);
}

void multiply_pairs(const Int8Weights& weights, const Int8Rows& rows, const Bf16View& out, float* scratch) noexcept {
  HWY_DYNAMIC_DISPATCH(MultiplyPairsToBf16)(weights, rows, out, scratch);
}

}  // namespace crossrank
#endif  // HWY_ONCE
