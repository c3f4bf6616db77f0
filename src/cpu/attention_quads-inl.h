// attention_quads: attention's operands as whole numbers of 8 bits, four to a slot, for one instruction set at a time. With v_j = 2^l_j
// w_j, |w_j| <= 127, what a query sums is 2^(s_j + l_j) w_j: weights of values that lie within the same bounds, whatever a token's
// magnitude. Queries and keys are rounded to 127 steps of each sign, a scale a row (as Zhang et al. 2025, SageAttention, do by blocks).
#if defined(CROSSRANK_CPU_ATTENTION_QUADS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_ATTENTION_QUADS_INL_H_
#undef CROSSRANK_CPU_ATTENTION_QUADS_INL_H_
#else
#define CROSSRANK_CPU_ATTENTION_QUADS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>

#include "cpu/attention_tile-inl.h"
#include "cpu/int8_rounding-inl.h"
#include "cpu/quads-inl.h"
#include "cpu/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {

constexpr int kSteps = 127;  // of each sign
constexpr int kWeightSteps = 255;
// What a key holds more than its rounded value, so that none is below zero.
constexpr int kKeyOffset = 128;
// The smallest scale of a row. Values' are not so small that weights times that would vanish beside the others.
constexpr float kSmallestScale = 0x1p-100f;
constexpr float kSmallestValueScale = 0x1p-60f;

#if HWY_TARGET != HWY_SCALAR

// sum + a b, slot by slot.
template <class Products>
HWY_INLINE Vector add_quads(Vector without_sign, Vector with_sign, Vector sum) {
  const auto a = hn::BitCast(hn::Repartition<uint8_t, Sums>(), without_sign);
  const auto b = hn::BitCast(hn::Repartition<int8_t, Sums>(), with_sign);
  return hn::BitCast(Full(), Products::add_products(a, b, hn::BitCast(Sums(), sum)));
}

// Products of queries, which have a sign, and keys, which have kKeyOffset.
template <class Products>
struct QuadScores {
  static constexpr int kPerSlot = 4;
  static HWY_INLINE Vector add_products(Vector query, Vector keys, Vector sum) { return add_quads<Products>(keys, query, sum); }
};

// Products of weights, which have no sign, and values.
template <class Products>
struct QuadWeights {
  static constexpr int kPerSlot = 4;
  static HWY_INLINE Vector add_products(Vector weight, Vector values, Vector sum) { return add_quads<Products>(weight, values, sum); }
};

// Scores plus the logarithms of their values' scales: s_j + l_j. Where it accumulates, on top of what is there.
template <class Products>
struct TileSums<QuadScores<Products>> {
  explicit TileSums(const Product& product)
      : starts(product.row_starts), row_scales(product.row_scales), column_scales(product.column_scales), logs(product.column_logs) {}

  template <bool kAccumulate>
  HWY_INLINE Vector begin(int row, const float* /*c*/) const {
    const Sums di;
    return hn::BitCast(Full(), hn::Set(di, starts[row]));
  }
  template <bool kAccumulate>
  HWY_INLINE void end(Vector sum, int row, int column, float* c) const {
    const Full d;
    const auto scaled = hn::Mul(hn::ConvertTo(d, hn::BitCast(Sums(), sum)), hn::LoadU(d, column_scales + column));
    auto score = hn::MulAdd(scaled, hn::Set(d, row_scales[row]), hn::LoadU(d, logs + column));
    if constexpr (kAccumulate) score = hn::Add(score, hn::LoadU(d, c));
    hn::StoreU(score, d, c);
  }

  const int32_t* HWY_RESTRICT starts;
  const float* HWY_RESTRICT row_scales;
  const float* HWY_RESTRICT column_scales;
  const float* HWY_RESTRICT logs;
};

// Sums times their row's scale. Where it accumulates, what is there is scaled down first.
template <class Products>
struct TileSums<QuadWeights<Products>> {
  explicit TileSums(const Product& product) : row_scales(product.row_scales), shrink(product.row_shrink) {}

  template <bool kAccumulate>
  HWY_INLINE Vector begin(int /*row*/, const float* /*c*/) const {
    return hn::Zero(Full());
  }
  template <bool kAccumulate>
  HWY_INLINE void end(Vector sum, int row, int /*column*/, float* c) const {
    const Full d;
    const auto whole = hn::ConvertTo(d, hn::BitCast(Sums(), sum));
    const auto scale = hn::Set(d, row_scales[row]);
    if constexpr (kAccumulate) {
      hn::StoreU(hn::MulAdd(whole, scale, hn::Mul(hn::LoadU(d, c), hn::Set(d, shrink[row]))), d, c);
    } else {
      hn::StoreU(hn::Mul(whole, scale), d, c);
    }
  }

  const float* HWY_RESTRICT row_scales;
  const float* HWY_RESTRICT shrink;
};

#endif

// Scales of `count` rows, given their largest magnitudes' bits in `scales`, and their inverses; not numbers where a row holds such.
HWY_INLINE void scales_of_magnitudes(float* scales, float* inverses, int count, float smallest) {
  for_vectors(static_cast<size_t>(count), [&](auto d, size_t i) HWY_ATTR {
    const auto magnitude = hn::LoadU(d, scales + i);
    const auto finite = hn::Lt(magnitude, hn::Set(d, std::numeric_limits<float>::infinity()));
    const auto scale = hn::Max(hn::Mul(magnitude, hn::Set(d, 1.0f / kSteps)), hn::Set(d, smallest));
    const auto known = hn::IfThenElse(finite, scale, hn::Set(d, std::numeric_limits<float>::quiet_NaN()));
    hn::StoreU(known, d, scales + i);
    hn::StoreU(hn::Div(hn::Set(d, 1.0f), known), d, inverses + i);
  });
}

template <typename Value>
HWY_INLINE float magnitude_of(const Value* row, int n) {
  return std::bit_cast<float>(largest_magnitude(row, static_cast<size_t>(n)));
}

// x times `inverse`, rounded, plus `offset`, in the lowest byte: beyond 2^23 floats are whole numbers.
template <class D, class V = hn::Vec<D>>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> steps_of(D d, V x, V inverse, float offset = 0.0f) {
  return hn::BitCast(hn::RebindToUnsigned<D>(), hn::MulAdd(x, inverse, hn::Set(d, 0x1.8p23f + offset)));
}

// Slots of a row, in the place of its floats [n].
HWY_INLINE void round_to_slots(float* row, int n, float inverse, float offset) {
  auto* bytes = reinterpret_cast<uint8_t*>(row);
  for_vectors(static_cast<size_t>(n), [&](auto d, size_t i) HWY_ATTR {
    const hn::Rebind<uint8_t, decltype(d)> narrow;
    hn::StoreU(hn::TruncateTo(narrow, steps_of(d, hn::LoadU(d, row + i), hn::Set(d, inverse), offset)), narrow, bytes + i);
  });
  std::fill(bytes + n, bytes + round_up(n, 4), uint8_t{0});
}

// The sum of a row's rounded values [n], without an offset.
HWY_INLINE int32_t sum_of_slots(const float* row, int n) {
  const auto* bytes = reinterpret_cast<const int8_t*>(row);
  const Sums di;
  const hn::Rebind<int8_t, Sums> narrow;
  auto sums = hn::Zero(di);
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) sums = hn::Add(sums, hn::PromoteTo(di, hn::LoadU(narrow, bytes + i)));
  return std::accumulate(bytes + i, bytes + n, hn::GetLane(hn::SumOfLanes(di, sums)));
}

// The logarithms to base 2 of x [count].
HWY_INLINE void to_logarithms(float* x, int count) {
  for_vectors(static_cast<size_t>(count), [&](auto d, size_t i) HWY_ATTR { hn::StoreU(log2_of(d, hn::LoadU(d, x + i)), d, x + i); });
}

// to [width] = slots of four values [dim], one below the other, and zeros; width is dim in whole vectors. inverses [4]: of their scales.
template <typename Value>
HWY_INLINE void round_four_values(const Value* const (&rows)[4], int dim, int width, const float* inverses, float* to) {
  for_vectors(static_cast<size_t>(dim), [&](auto d, size_t i) HWY_ATTR {
    const hn::RebindToUnsigned<decltype(d)> bits;
    auto slot = hn::Zero(bits);
    for_each_of<4>([&](auto r) CROSSRANK_UNROLLED {
      const auto steps = steps_of(d, load_values(d, rows[r] + i), hn::Set(d, inverses[r]));
      slot = hn::Or(slot, hn::ShiftLeft<8 * r>(hn::And(steps, hn::Set(bits, 0xFF))));
    });
    hn::StoreU(hn::BitCast(d, slot), d, to + i);
  });
  std::fill(to + dim, to + width, 0.0f);
}

// scores [count], of which `highest` is the largest, become slots of kWeightSteps 2^(score - highest), count a multiple of kLanes. Returns
// the sum of what they were before they were rounded, each times its value's inverse scale: of weights without those.
HWY_INLINE float quad_exponentials(float* scores, const float* inverses, int count, float highest) {
  const Full d;
  const hn::Rebind<uint8_t, Full> narrow;
  const hn::RebindToUnsigned<Full> bits;
  constexpr float kLog2Steps = 7.99435344f;
  const auto offset = hn::Set(d, highest - kLog2Steps);
  auto* to = reinterpret_cast<uint8_t*>(scores);
  const auto step = [&](int j, Vector sum) HWY_ATTR {
    const auto power = exp2_of<ExpDegree::kThree>(d, hn::Sub(hn::LoadU(d, scores + j), offset));
    // Beyond 2^23 floats are whole numbers: what is added rounds, and leaves them in the low bits.
    hn::StoreU(hn::TruncateTo(narrow, hn::BitCast(bits, hn::Add(power, hn::Set(d, 0x1.8p23f)))), narrow, to + j);
    return hn::MulAdd(power, hn::LoadU(d, inverses + j), sum);
  };
  auto sum0 = hn::Zero(d), sum1 = sum0;
  int j = 0;
  for (; j + kPanel <= count; j += kPanel) {
    sum0 = step(j, sum0);
    sum1 = step(j + kLanes, sum1);
  }
  if (j < count) sum0 = step(j, sum0);
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_ATTENTION_QUADS_INL_H_
