#include "cpu/activation_gradient.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/activation_gradient.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "cpu/activation-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

void ActivateRowsBackward(ActivationKind kind, const ConstMatrixView& x, const ConstMatrixView& grad_y, const MatrixView& grad_x) {
  with_function(kind, [&](auto function) HWY_ATTR {
    for (int row = 0; row < x.rows; ++row) {
      const float *values = x.row(row), *grads = grad_y.row(row);
      float* out = grad_x.row(row);
      for_vectors(static_cast<size_t>(x.columns), [&](auto d, size_t i) HWY_ATTR {
        hn::StoreU(hn::Mul(function.slope(d, hn::LoadU(d, values + i)), hn::LoadU(d, grads + i)), d, out + i);
      });
    }
  });
}

void GateRowsBackward(ActivationKind kind, const ConstMatrixView& x, const ConstMatrixView& grad_y, const MatrixView& grad_x) {
  const auto n = static_cast<size_t>(grad_y.columns);
  with_function(kind, [&](auto function) HWY_ATTR {
    for (int row = 0; row < x.rows; ++row) {
      const float *values = x.row(row), *grads = grad_y.row(row);
      float* out = grad_x.row(row);
      for_vectors(n, [&](auto d, size_t i) HWY_ATTR {
        const auto inner = hn::LoadU(d, values + i), up = hn::LoadU(d, values + n + i), grad = hn::LoadU(d, grads + i);
        hn::StoreU(hn::Mul(hn::Mul(grad, up), function.slope(d, inner)), d, out + i);
        hn::StoreU(hn::Mul(grad, function(d, inner)), d, out + n + i);
      });
    }
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(ActivateRowsBackward);
HWY_EXPORT(GateRowsBackward);

void activate_rows_backward(ActivationKind kind, ConstMatrixView x, ConstMatrixView grad_y, MatrixView grad_x) noexcept {
  HWY_DYNAMIC_DISPATCH(ActivateRowsBackward)(kind, x, grad_y, grad_x);
}

void gate_rows_backward(ActivationKind kind, ConstMatrixView x, ConstMatrixView grad_y, MatrixView grad_x) noexcept {
  HWY_DYNAMIC_DISPATCH(GateRowsBackward)(kind, x, grad_y, grad_x);
}

}  // namespace crossrank
#endif  // HWY_ONCE
