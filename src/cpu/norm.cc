#include "cpu/norm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/norm.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using Full = hn::ScalableTag<float>;

// Ba et al. 2016. Mean first, then squares of what is left: one pass over both would cancel. The row stays in the nearest cache.
HWY_INLINE void norm_row(const NormParameters& norm, const float* x, size_t n, float* out) {
  const Full d;
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
  const float inverse = 1.0f / std::sqrt(squares / static_cast<float>(n) + norm.eps);

  const auto inverses = hn::Set(d, inverse);
  for (i = 0; i < whole; i += lanes) {
    const auto centred = hn::Mul(hn::Sub(hn::LoadU(d, x + i), means), inverses);
    const auto bias = norm.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, norm.bias + i);
    hn::StoreU(hn::MulAdd(centred, hn::LoadU(d, norm.weight + i), bias), d, out + i);
  }
  for (; i < n; ++i) out[i] = (x[i] - mean) * inverse * norm.weight[i] + (norm.bias == nullptr ? 0.0f : norm.bias[i]);
}

HWY_INLINE void add_row(const float* residual, const float* bias, float* x, size_t n) {
  const Full d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    auto value = hn::LoadU(d, x + i);
    if (bias != nullptr) value = hn::Add(value, hn::LoadU(d, bias + i));
    if (residual != nullptr) value = hn::Add(value, hn::LoadU(d, residual + i));
    hn::StoreU(value, d, x + i);
  }
  for (; i < n; ++i) {
    if (bias != nullptr) x[i] += bias[i];
    if (residual != nullptr) x[i] += residual[i];
  }
}

void NormRows(const NormParameters& norm, const ConstMatrixView& x, const MatrixView& out) {
  for (int row = 0; row < x.rows; ++row) norm_row(norm, x.row(row), static_cast<size_t>(x.columns), out.row(row));
}

void AddRows(const ConstMatrixView& residual, const float* bias, const MatrixView& x) {
  for (int row = 0; row < x.rows; ++row) {
    add_row(residual.data == nullptr ? nullptr : residual.row(row), bias, x.row(row), static_cast<size_t>(x.columns));
  }
}

void AddNormRows(const NormParameters& norm, const ConstMatrixView& residual, const float* bias, const MatrixView& x) {
  const auto n = static_cast<size_t>(x.columns);
  for (int row = 0; row < x.rows; ++row) {
    add_row(residual.data == nullptr ? nullptr : residual.row(row), bias, x.row(row), n);
    norm_row(norm, x.row(row), n, x.row(row));
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(NormRows);
HWY_EXPORT(AddRows);
HWY_EXPORT(AddNormRows);

void norm_rows(const NormParameters& norm, ConstMatrixView x, MatrixView out) noexcept { HWY_DYNAMIC_DISPATCH(NormRows)(norm, x, out); }

void add_rows(ConstMatrixView residual, const float* bias, MatrixView x) noexcept { HWY_DYNAMIC_DISPATCH(AddRows)(residual, bias, x); }

void add_norm_rows(const NormParameters& norm, ConstMatrixView residual, const float* bias, MatrixView x) noexcept {
  HWY_DYNAMIC_DISPATCH(AddNormRows)(norm, residual, bias, x);
}

}  // namespace crossrank
#endif  // HWY_ONCE
