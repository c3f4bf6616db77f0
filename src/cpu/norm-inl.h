// norm-inl: mean and spread of a row, for layer norm forward and backward, for one instruction set at a time.
#if defined(CROSSRANK_CPU_NORM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_NORM_INL_H_
#undef CROSSRANK_CPU_NORM_INL_H_
#else
#define CROSSRANK_CPU_NORM_INL_H_
#endif

#include <hwy/highway.h>

#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

struct RowStatistics {
  float mean;
  float inverse;  // 1 / sqrt(variance + eps)
};

// Ba et al. 2016. Mean first, then squares of what is left: one pass over both would cancel. The row stays in the nearest cache.
HWY_INLINE RowStatistics row_statistics(const float* x, size_t n, float eps) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const size_t whole = n - n % lanes;
  auto sum0 = hn::Zero(d), sum1 = hn::Zero(d);
  size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    sum0 = hn::Add(sum0, hn::LoadU(d, x + i));
    sum1 = hn::Add(sum1, hn::LoadU(d, x + i + lanes));
  }
  if (i < whole) sum0 = hn::Add(sum0, hn::LoadU(d, x + i));
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
  for (i = whole; i < n; ++i) sum += x[i];
  const float mean = sum / static_cast<float>(n);

  const auto means = hn::Set(d, mean);
  auto squares0 = hn::Zero(d), squares1 = hn::Zero(d);
  for (i = 0; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto a = hn::Sub(hn::LoadU(d, x + i), means), b = hn::Sub(hn::LoadU(d, x + i + lanes), means);
    squares0 = hn::MulAdd(a, a, squares0);
    squares1 = hn::MulAdd(b, b, squares1);
  }
  if (i < whole) {
    const auto a = hn::Sub(hn::LoadU(d, x + i), means);
    squares0 = hn::MulAdd(a, a, squares0);
  }
  float squares = hn::GetLane(hn::SumOfLanes(d, hn::Add(squares0, squares1)));
  for (i = whole; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
  return {mean, 1.0f / std::sqrt(squares / static_cast<float>(n) + eps)};
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_NORM_INL_H_
