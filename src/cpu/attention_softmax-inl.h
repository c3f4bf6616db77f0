// attention_softmax: a row of scores in base 2, its maximum and its powers, for one instruction set at a time.
#if defined(CROSSRANK_CPU_ATTENTION_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_ATTENTION_SOFTMAX_INL_H_
#undef CROSSRANK_CPU_ATTENTION_SOFTMAX_INL_H_
#else
#define CROSSRANK_CPU_ATTENTION_SOFTMAX_INL_H_
#endif

#include <hwy/highway.h>

#include "cpu/attention_tile-inl.h"
#include "cpu/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {

HWY_INLINE float exp2_of_one(float x) {
  if (x == 0) return 1.0f;
  const One one;
  return hn::GetLane(exp2_of(one, hn::Set(one, x)));
}

// The largest of `least` and scores [count], count a multiple of kLanes.
HWY_INLINE float largest(const float* scores, int count, float least) {
  const Full d;
  auto highest0 = hn::Set(d, least), highest1 = highest0;
  int j = 0;
  for (; j + kPanel <= count; j += kPanel) {
    highest0 = hn::Max(highest0, hn::LoadU(d, scores + j));
    highest1 = hn::Max(highest1, hn::LoadU(d, scores + j + kLanes));
  }
  if (j < count) highest0 = hn::Max(highest0, hn::LoadU(d, scores + j));
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(highest0, highest1)));
}

// scores [count], count a multiple of kLanes, becomes slots of 2^(score - maximum). Returns their sum before they are rounded.
template <class Operands>
HWY_INLINE float exponentials(float* scores, int count, float maximum) {
  constexpr auto kDegree = Operands::kPerSlot == 1 ? ExpDegree::kFive : ExpDegree::kThree;
  const Full d;
  const auto highest = hn::Set(d, maximum);
  auto sum0 = hn::Zero(d), sum1 = sum0;
  int j = 0;
  for (; j + kPanel <= count; j += kPanel) {
    const auto power0 = exp2_of<kDegree>(d, hn::Sub(hn::LoadU(d, scores + j), highest));
    const auto power1 = exp2_of<kDegree>(d, hn::Sub(hn::LoadU(d, scores + j + kLanes), highest));
    if constexpr (Operands::kPerSlot == 1) {
      hn::StoreU(power0, d, scores + j);
      hn::StoreU(power1, d, scores + j + kLanes);
    } else {
      hn::StoreU(Operands::neighbours(power0, power1), d, scores + j / 2);
    }
    sum0 = hn::Add(sum0, power0);
    sum1 = hn::Add(sum1, power1);
  }
  if (j < count) {
    const auto power = exp2_of<kDegree>(d, hn::Sub(hn::LoadU(d, scores + j), highest));
    if constexpr (Operands::kPerSlot == 1) {
      hn::StoreU(power, d, scores + j);
    } else {
      hn::StoreU(Operands::neighbours(power, hn::Zero(d)), d, scores + j / 2);
    }
    sum0 = hn::Add(sum0, power);
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_ATTENTION_SOFTMAX_INL_H_
