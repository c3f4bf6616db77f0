// int8_rounding: how floats become whole numbers, for one instruction set at a time. Used by int8_pairs.cc and int8_quads.cc, which are
// compiled without contraction, so that every instruction set rounds the same, and by attention.cc.
#if defined(CROSSRANK_CPU_INT8_ROUNDING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_INT8_ROUNDING_INL_H_
#undef CROSSRANK_CPU_INT8_ROUNDING_INL_H_
#else
#define CROSSRANK_CPU_INT8_ROUNDING_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "cpu/attention_tile-inl.h"
#include "cpu/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {

using Sums = hn::ScalableTag<int32_t>;

constexpr int kLargestWeight = 127;
// Smaller scales have no finite inverse: what has a smaller range counts as all the same.
constexpr float kSmallestRange = 0x1p-100f;
constexpr int32_t kMagnitudeBits = 0x7FFFFFFF;
constexpr int32_t kInfinityBits = 0x7F800000;

// x = lowest + scale * whole number; and what x is multiplied by before it is rounded, 0 where there is nothing to round.
struct RowScale {
  float scale;
  float inverse;
  float lowest = 0.0f;
};

inline constexpr RowScale kNotNumbers = {std::numeric_limits<float>::quiet_NaN(), 0.0f, std::numeric_limits<float>::quiet_NaN()};

// Bits of floats as whole numbers in the same order, NaN beyond infinity at both ends. Its own inverse.
HWY_INLINE int32_t ordered(int32_t bits) { return bits ^ ((bits >> 31) & kMagnitudeBits); }

template <typename Value>
HWY_INLINE int32_t largest_magnitude(const Value* x, size_t n) {
  const Full d;
  const Sums di;
  const auto mask = hn::Set(di, kMagnitudeBits);
  const size_t lanes = hn::Lanes(d);
  auto largest = hn::Zero(di);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) largest = hn::Max(largest, hn::And(hn::BitCast(di, load_values(d, x + i)), mask));
  int32_t bits = hn::GetLane(hn::MaxOfLanes(di, largest));
  for (; i < n; ++i) bits = std::max(bits, std::bit_cast<int32_t>(value_of(x[i])) & kMagnitudeBits);
  return bits;
}

// Of values between -magnitude and magnitude, whose bits these are, in `steps` steps of each sign.
HWY_INLINE RowScale scale_around_zero(int32_t bits, int steps) {
  if (bits >= kInfinityBits) return kNotNumbers;
  const auto magnitude = std::bit_cast<float>(bits);
  if (magnitude < kSmallestRange) return {0.0f, 0.0f};
  return {magnitude / static_cast<float>(steps), static_cast<float>(steps) / magnitude};
}

// The lowest and the highest of some values, as ordered() numbers.
struct Range {
  int32_t low;
  int32_t high;
};

template <typename Value>
HWY_INLINE Range range_of(const Value* x, size_t n) {
  const Full d;
  const Sums di;
  const auto mask = hn::Set(di, kMagnitudeBits);
  const size_t lanes = hn::Lanes(d);
  Range range = {ordered(std::bit_cast<int32_t>(value_of(x[0]))), 0};
  range.high = range.low;
  size_t i = 0;
  if (n >= lanes) {
    auto lowest = hn::Set(di, range.low), highest = lowest;
    for (; i + lanes <= n; i += lanes) {
      const auto bits = hn::BitCast(di, load_values(d, x + i));
      const auto value = hn::Xor(bits, hn::And(hn::ShiftRight<31>(bits), mask));
      lowest = hn::Min(lowest, value);
      highest = hn::Max(highest, value);
    }
    range = {hn::GetLane(hn::MinOfLanes(di, lowest)), hn::GetLane(hn::MaxOfLanes(di, highest))};
  }
  for (; i < n; ++i) {
    const int32_t value = ordered(std::bit_cast<int32_t>(value_of(x[i])));
    range = {std::min(range.low, value), std::max(range.high, value)};
  }
  return range;
}

// Of a whole range in `steps` steps.
HWY_INLINE RowScale scale_of(const Range& range, int steps) {
  const bool finite = range.high < kInfinityBits && range.low > ordered(std::bit_cast<int32_t>(-std::numeric_limits<float>::infinity()));
  if (!finite) return kNotNumbers;
  const auto lowest = std::bit_cast<float>(ordered(range.low)), highest = std::bit_cast<float>(ordered(range.high));
  const auto count = static_cast<float>(steps);
  const float scale = highest / count - lowest / count;  // the range itself may be beyond the largest float
  if (scale < kSmallestRange) return {0.0f, 0.0f, lowest};
  return {scale, 1.0f / scale, lowest};
}

// Zeros where there is nothing to round, whatever x holds.
template <typename Value, typename Whole>
HWY_INLINE void round_values(const Value* x, size_t n, const RowScale& scale, Whole* to) {
  if (scale.inverse == 0) return static_cast<void>(std::fill_n(to, n, Whole{0}));
  const float offset = -(scale.lowest * scale.inverse);
  for_vectors(n, [&](auto d, size_t i) HWY_ATTR {
    const hn::Rebind<Whole, decltype(d)> narrow;
    const auto steps = hn::Add(hn::Mul(load_values(d, x + i), hn::Set(d, scale.inverse)), hn::Set(d, offset));
    if constexpr (std::is_same_v<Whole, uint8_t>) {
      // Beyond 2^23 floats are whole numbers: what is added rounds, and leaves them in the low bits. Fewer steps than by conversion.
      const auto within = hn::Min(hn::Max(steps, hn::Zero(d)), hn::Set(d, 255.0f));
      const auto bits = hn::BitCast(hn::RebindToUnsigned<decltype(d)>(), hn::Add(within, hn::Set(d, 0x1.8p23f)));
      hn::StoreU(hn::TruncateTo(narrow, bits), narrow, to + i);
    } else {
      hn::StoreU(hn::DemoteTo(narrow, hn::NearestInt(steps)), narrow, to + i);
    }
  });
}

// A weight's row. Returns its scale.
HWY_INLINE float round_weights(const float* x, size_t n, int16_t* to) {
  const RowScale scale = scale_around_zero(largest_magnitude(x, n), kLargestWeight);
  round_values(x, n, scale, to);
  return scale.scale;
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_INT8_ROUNDING_INL_H_
