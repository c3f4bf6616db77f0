#include "cpu/int8_product.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/int8_product.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "cpu/panel_walk-inl.h"
#include "cpu/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

// Pairs of input features that are multiplied before the next panel's turn. With AVX2 that much of a panel and of the rows of a tile
// take 21 KB: the panel stays in the first-level cache while all rows pass by.
constexpr int kSlicePairs = 384;
constexpr int kLargestWeight = 127;
// Rows without a larger number count as zeros: the inverse of their scale would not be finite.
constexpr float kSmallestMagnitude = 0x1p-100f;
constexpr int32_t kMagnitudeBits = 0x7FFFFFFF;
constexpr int32_t kInfinityBits = 0x7F800000;

// How the pairs of `in_features` are cut into slices.
struct Slices {
  explicit Slices(int in_features) : pairs((in_features + 1) / 2), count((pairs + kSlicePairs - 1) / kSlicePairs) {}
  int begin(int slice) const { return static_cast<int>(int64_t{pairs} * slice / count); }

  int pairs;
  int count;
};

// The scale of a row, and the number that its values are multiplied by before they are rounded.
struct RowScale {
  float scale;
  float inverse;
};

// Of a row whose largest magnitude has these bits and becomes `largest`: those of NaN are above those of infinity, and those above all
// others.
RowScale scale_of(int32_t bits, int largest) {
  if (bits >= kInfinityBits) return {std::numeric_limits<float>::quiet_NaN(), 0.0f};
  const auto magnitude = std::bit_cast<float>(bits);
  if (magnitude < kSmallestMagnitude) return {0.0f, 0.0f};
  return {magnitude / static_cast<float>(largest), static_cast<float>(largest) / magnitude};
}

using Sums = hn::ScalableTag<int32_t>;

// Two neighbouring values of every column, or of one row in every lane, in 16 bits; and the sum of their products in 32, which cannot
// overflow.
#if HWY_TARGET == HWY_SCALAR
struct PairVector {
  int32_t first, second;
};
HWY_INLINE PairVector load_columns(const int8_t* from) { return {from[0], from[1]}; }
HWY_INLINE PairVector load_row(const int16_t* from) { return {from[0], from[1]}; }
HWY_INLINE hn::Vec<Sums> add_products(PairVector a, PairVector b, hn::Vec<Sums> sum) {
  return hn::Add(sum, hn::Set(Sums(), a.first * b.first + a.second * b.second));
}
#else
using Pairs = hn::Repartition<int16_t, Sums>;
using PairVector = hn::Vec<Pairs>;
HWY_INLINE PairVector load_columns(const int8_t* from) { return hn::PromoteTo(Pairs(), hn::Load(hn::Rebind<int8_t, Pairs>(), from)); }
HWY_INLINE PairVector load_row(const int16_t* from) {
  int32_t pair;
  std::memcpy(&pair, from, sizeof(pair));
  return hn::BitCast(Pairs(), hn::Set(Sums(), pair));
}
HWY_INLINE hn::Vec<Sums> add_products(PairVector a, PairVector b, hn::Vec<Sums> sum) {
  auto more = hn::Zero(Sums());  // where the instruction leaves sums of even and odd products apart; not on x86
  const auto products = hn::ReorderWidenMulAccumulate(Sums(), a, b, hn::Zero(Sums()), more);
  return hn::Add(sum, hn::RearrangeToOddPlusEven(products, more));
}
#endif

// Half the registers hold sums: with a product and a sum in two instructions GCC 12 needs the others, or spills.
constexpr int kInt8TileRows = kLanes == 16 ? 8 : 4;

int Int8Width() { return kPanel; }

HWY_INLINE int32_t largest_magnitude(const float* x, size_t n) {
  const Full d;
  const Sums di;
  const auto mask = hn::Set(di, kMagnitudeBits);
  const size_t lanes = hn::Lanes(d);
  auto largest = hn::Zero(di);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) largest = hn::Max(largest, hn::And(hn::BitCast(di, hn::LoadU(d, x + i)), mask));
  int32_t bits = hn::GetLane(hn::MaxOfLanes(di, largest));
  for (; i < n; ++i) bits = std::max(bits, std::bit_cast<int32_t>(x[i]) & kMagnitudeBits);
  return bits;
}

// Without a finite inverse there is nothing to round: then all become zeros, whatever they are.
HWY_INLINE void round_values(const float* x, size_t n, float inverse, int16_t* to) {
  if (inverse == 0) return static_cast<void>(std::fill_n(to, n, int16_t{0}));
  for_vectors(n, [&](auto d, size_t i) {
    const hn::Rebind<int16_t, decltype(d)> narrow;
    const auto rounded = hn::NearestInt(hn::Mul(hn::LoadU(d, x + i), hn::Set(d, inverse)));
    hn::StoreU(hn::DemoteTo(narrow, rounded), narrow, to + i);
  });
}

// A weight's row. Returns its scale.
float RoundRow(const float* x, size_t n, int16_t* to) {
  const RowScale scale = scale_of(largest_magnitude(x, n), kLargestWeight);
  round_values(x, n, scale.inverse, to);
  return scale.scale;
}

struct Int8Tile : TileTarget<int8_t> {
  const int16_t* x;  // [rows, 2 * pairs], row after row
  const float* row_scales;
  const int8_t* panel;
  const float* scales;  // [kPanel]
  int pairs;
  bool first, last;  // of the slices: sums begin, are scaled; between slices, out holds the bits of whole sums

  void go_down(int rows) {
    x += static_cast<int64_t>(rows) * pairs * 2;
    row_scales += rows;
  }
  bool adds() const { return !first; }
};

// Sums [rows, kPanel] to their places.
void store_sums(const Int8Tile& tile, int rows, const int32_t* sums) {
  const Full d;
  const Sums di;
  for (int r = 0; r < rows; ++r) {
    for (int i = 0; i < kPanel; i += kLanes) {
      float* to = tile.out + r * tile.out_stride + i;
      auto sum = hn::Load(di, sums + r * kPanel + i);
      if (!tile.first) sum = hn::Add(sum, hn::BitCast(di, hn::LoadU(d, to)));
      auto value = hn::BitCast(d, sum);
      if (tile.last) {
        const auto scale = hn::Mul(hn::Set(d, tile.row_scales[r]), hn::LoadU(d, tile.scales + i));
        value = hn::Mul(hn::ConvertTo(d, sum), scale);
        if (tile.bias != nullptr) value = hn::Add(value, hn::LoadU(d, tile.bias + i));
      }
      hn::StoreU(value, d, to);
    }
  }
}

struct Int8Panels {
  using Tile = Int8Tile;
  static constexpr int kMostRows = kInt8TileRows;

  // Sums leave by way of memory: what is done to them in store_sums would cost registers here.
  template <int kRows>
  static HWY_NOINLINE void multiply(const Tile& tile) {
    const int pairs = tile.pairs;
    const int16_t* HWY_RESTRICT x = tile.x;
    const int8_t* HWY_RESTRICT panel = tile.panel;
    tile.prefetch(kRows);
    const int64_t stride = 2 * int64_t{pairs};
    hn::Vec<Sums> sums[kRows][2];
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < 2; ++v) sums[r][v] = hn::Zero(Sums());
    }
    // GCC 12 copies every sum to another register at the end of a turn: four steps a turn leave little of that.
#if HWY_COMPILER_GCC_ACTUAL
#pragma GCC unroll 4
#endif
    for (int k = 0; k < pairs; ++k) {
      PairVector columns[2];
      for (int v = 0; v < 2; ++v) columns[v] = load_columns(panel + v * kPanel);
      for (int r = 0; r < kRows; ++r) {
        const auto value = load_row(x + r * stride + 2 * k);
        for (int v = 0; v < 2; ++v) sums[r][v] = add_products(value, columns[v], sums[r][v]);
      }
      panel += 2 * kPanel;
    }
    HWY_ALIGN int32_t all[kRows * kPanel];
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < 2; ++v) hn::Store(sums[r][v], Sums(), all + r * kPanel + v * kLanes);
    }
    store_sums(tile, kRows, all);
  }
};

// Slice after slice, of each all rows.
void QuantizeRows(const ConstMatrixView& x, Int8Rows& rows) {
  const Slices slices(x.columns);
  const int largest = largest_int8_input(x.columns);
  for (int r = 0; r < x.rows; ++r) {
    const RowScale scale = scale_of(largest_magnitude(x.row(r), static_cast<size_t>(x.columns)), largest);
    rows.scales[static_cast<size_t>(r)] = scale.scale;
    for (int s = 0; s < slices.count; ++s) {
      const int begin = slices.begin(s), pairs = slices.begin(s + 1) - begin;
      int16_t* to = rows.values.data() + 2 * (int64_t{begin} * x.rows + int64_t{r} * pairs);
      const int n = std::min(2 * pairs, x.columns - 2 * begin);
      round_values(x.row(r) + 2 * begin, static_cast<size_t>(n), scale.inverse, to);
      if (n < 2 * pairs) to[n] = 0;
    }
  }
}

void MultiplyInt8(const Int8Weights& weights, const ConstMatrixView& x, const MatrixView& out, Int8Rows& rows) {
  QuantizeRows(x, rows);
  const Slices slices(weights.in_features);
  const int panels = (weights.out_features + kPanel - 1) / kPanel;
  const int64_t panel_size = 2 * int64_t{slices.pairs} * kPanel;
  for (int s = 0; s < slices.count; ++s) {
    const int begin = slices.begin(s), pairs = slices.begin(s + 1) - begin;
    Int8Tile tile = {};
    tile.x = rows.values.data() + 2 * int64_t{begin} * x.rows;
    tile.row_scales = rows.scales.data();
    tile.pairs = pairs;
    tile.first = s == 0;
    tile.last = s + 1 == slices.count;
    tile.out_stride = out.stride;
    for (int p = 0; p < panels; ++p) {
      const int first = p * kPanel;
      tile.panel = weights.panels + p * panel_size + 2 * int64_t{begin} * kPanel;
      tile.scales = weights.scales + first;
      tile.bias = weights.bias == nullptr ? nullptr : weights.bias + first;
      tile.out = out.data + first;
      if (first + kPanel > weights.out_features) {
        multiply_partial_panel<Int8Panels>(tile, x.rows, weights.out_features, out);
      } else {
        multiply_whole_panel<Int8Panels>(tile, x.rows, 2 * pairs * kPanel, p + 1 < panels ? tile.panel + panel_size : nullptr);
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
namespace {

size_t pairs_of(int in_features) { return (static_cast<size_t>(in_features) + 1) / 2; }

}  // namespace

HWY_EXPORT(Int8Width);
HWY_EXPORT(RoundRow);
HWY_EXPORT(MultiplyInt8);

int int8_panel_width() noexcept { return HWY_DYNAMIC_DISPATCH(Int8Width)(); }

size_t int8_panel_size(int in_features, int width) noexcept { return 2 * pairs_of(in_features) * static_cast<size_t>(width); }

void write_int8_panel(const float* rows, int count, int in_features, int width, int8_t* panel, float* scales) {
  std::fill_n(panel, int8_panel_size(in_features, width), int8_t{0});
  std::fill_n(scales, width, 0.0f);
  const auto n = static_cast<size_t>(in_features);
  std::vector<int16_t> rounded(n);
  for (int c = 0; c < count; ++c) {
    const float* row = rows + static_cast<int64_t>(c) * in_features;
    scales[c] = HWY_DYNAMIC_DISPATCH(RoundRow)(row, n, rounded.data());
    for (int64_t k = 0; k < in_features; ++k) {
      panel[(k / 2 * width + c) * 2 + k % 2] = static_cast<int8_t>(rounded[static_cast<size_t>(k)]);
    }
  }
}

void Int8Rows::grow(int rows, int in_features) {
  const size_t count = 2 * static_cast<size_t>(rows) * pairs_of(in_features);
  if (values.size() < count) values.resize(count);
  if (scales.size() < static_cast<size_t>(rows)) scales.resize(static_cast<size_t>(rows));
}

void int8_product(const Int8Weights& weights, ConstMatrixView x, MatrixView out, Int8Rows& buffer) noexcept {
  HWY_DYNAMIC_DISPATCH(MultiplyInt8)(weights, x, out, buffer);
}

}  // namespace crossrank
#endif  // HWY_ONCE
