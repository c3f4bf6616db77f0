#include "cpu/adamw.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/adamw.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <cmath>
#include <numeric>
#include <vector>

#include "cpu/parallel.h"
#include "cpu/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

// The factors of a step, rounded once.
struct AdamWFactors {
  AdamWFactors(const AdamWOptions& options, int64_t step, float scale)
      : gradient_scale(scale),
        decay(static_cast<float>(1 - options.learning_rate * options.weight_decay)),
        beta1_rest(static_cast<float>(1 - options.beta1)),
        beta2(static_cast<float>(options.beta2)),
        beta2_rest(static_cast<float>(1 - options.beta2)),
        inverse_root(static_cast<float>(1 / std::sqrt(1 - std::pow(options.beta2, static_cast<double>(step))))),
        eps(static_cast<float>(options.eps)),
        negative_rate(static_cast<float>(-options.learning_rate / (1 - std::pow(options.beta1, static_cast<double>(step))))) {}

  float gradient_scale;
  float decay;  // of the value
  float beta1_rest;
  float beta2;
  float beta2_rest;
  float inverse_root;  // 1 / sqrt(1 - beta2^step)
  float eps;
  float negative_rate;  // -learning_rate / (1 - beta1^step)
};

template <class D>
HWY_INLINE void step_vector(D d, const AdamWParameter& p, const AdamWFactors& f, int64_t i) {
  const auto gradient = hn::Mul(hn::LoadU(d, p.gradient + i), hn::Set(d, f.gradient_scale));
  const auto before = hn::LoadU(d, p.average + i);
  const auto average = hn::MulAdd(hn::Set(d, f.beta1_rest), hn::Sub(gradient, before), before);
  const auto squares = hn::MulAdd(hn::Mul(gradient, hn::Set(d, f.beta2_rest)), gradient,
                                  hn::Mul(hn::LoadU(d, p.average_of_squares + i), hn::Set(d, f.beta2)));
  hn::StoreU(average, d, p.average + i);
  hn::StoreU(squares, d, p.average_of_squares + i);
  const auto divisor = hn::MulAdd(hn::Sqrt(squares), hn::Set(d, f.inverse_root), hn::Set(d, f.eps));
  const auto value = hn::Mul(hn::LoadU(d, p.value + i), hn::Set(d, f.decay));
  hn::StoreU(hn::MulAdd(hn::Div(average, divisor), hn::Set(d, f.negative_rate), value), d, p.value + i);
}

void Step(const AdamWParameter& parameter, const AdamWOptions& options, int64_t step, float gradient_scale, int64_t first, int64_t last) {
  const AdamWFactors factors(options, step, gradient_scale);
  for_vectors(static_cast<size_t>(last - first),
              [&](auto d, size_t i) HWY_ATTR { step_vector(d, parameter, factors, first + static_cast<int64_t>(i)); });
}

// In double: squares of a hundred million gradients, each far below their sum.
double SumOfSquares(const float* x, int64_t count) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto sum0 = hn::Zero(d), sum1 = hn::Zero(d);
  int64_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    const auto a = hn::PromoteTo(d, hn::LoadU(half, x + i)), b = hn::PromoteTo(d, hn::LoadU(half, x + i + lanes));
    sum0 = hn::MulAdd(a, a, sum0);
    sum1 = hn::MulAdd(b, b, sum1);
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
  for (; i < count; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return sum;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(Step);
HWY_EXPORT(SumOfSquares);

namespace {

// Floats of a piece of work: four arrays of them pass through the second-level cache.
constexpr int64_t kPiece = 1 << 14;

}  // namespace

void adamw_step(const AdamWParameter& parameter, const AdamWOptions& options, int64_t step, float gradient_scale) {
  parallel_pieces(parameter.count, kPiece, [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(Step)(parameter, options, step, gradient_scale, first, last);
  });
}

double sum_of_squares(const float* x, int64_t count) {
  std::vector<double> sums(static_cast<size_t>((count + kPiece - 1) / kPiece));
  parallel_pieces(count, kPiece, [&](int64_t first, int64_t last) {
    sums[static_cast<size_t>(first / kPiece)] = HWY_DYNAMIC_DISPATCH(SumOfSquares)(x + first, last - first);
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace crossrank
#endif  // HWY_ONCE
