#include "cpu/norm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/norm.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "cpu/norm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

using Full = hn::ScalableTag<float>;

HWY_INLINE void norm_row(const NormParameters& norm, const float* x, size_t n, float* out) {
  const Full d;
  const size_t lanes = hn::Lanes(d);
  const size_t whole = n - n % lanes;
  const auto [mean, inverse] = row_statistics(x, n, norm.eps);
  const auto means = hn::Set(d, mean);
  const auto inverses = hn::Set(d, inverse);
  size_t i = 0;
  for (; i < whole; i += lanes) {
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
