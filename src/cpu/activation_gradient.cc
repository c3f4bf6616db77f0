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
#include "cpu/operands-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

template <typename Value>
HWY_INLINE void activate_backward(ActivationKind kind, const BasicMatrixView<const Value>& x, const BasicMatrixView<const Value>& grad_y,
                                  const BasicMatrixView<Value>& grad_x) {
  with_function(kind, [&](auto function) HWY_ATTR {
    for (int row = 0; row < x.rows; ++row) {
      const Value *values = x.row(row), *grads = grad_y.row(row);
      Value* out = grad_x.row(row);
      for_vectors(static_cast<size_t>(x.columns), [&](auto d, size_t i) HWY_ATTR {
        store_values(hn::Mul(function.slope(d, load_values(d, values + i)), load_values(d, grads + i)), d, out + i);
      });
    }
  });
}

template <typename Value>
HWY_INLINE void gate_backward(ActivationKind kind, const BasicMatrixView<const Value>& x, const BasicMatrixView<const Value>& grad_y,
                              const BasicMatrixView<Value>& grad_x) {
  const auto n = static_cast<size_t>(grad_y.columns);
  with_function(kind, [&](auto function) HWY_ATTR {
    for (int row = 0; row < x.rows; ++row) {
      const Value *values = x.row(row), *grads = grad_y.row(row);
      Value* out = grad_x.row(row);
      for_vectors(n, [&](auto d, size_t i) HWY_ATTR {
        const auto inner = load_values(d, values + i), up = load_values(d, values + n + i), grad = load_values(d, grads + i);
        store_values(hn::Mul(hn::Mul(grad, up), function.slope(d, inner)), d, out + i);
        store_values(hn::Mul(grad, function(d, inner)), d, out + n + i);
      });
    }
  });
}

void ActivateRowsBackward(ActivationKind kind, const ConstMatrixView& x, const ConstMatrixView& grad_y, const MatrixView& grad_x) {
  activate_backward<float>(kind, x, grad_y, grad_x);
}
void ActivateBf16RowsBackward(ActivationKind kind, const ConstBf16View& x, const ConstBf16View& grad_y, const Bf16View& grad_x) {
  activate_backward<Bf16>(kind, x, grad_y, grad_x);
}
void GateRowsBackward(ActivationKind kind, const ConstMatrixView& x, const ConstMatrixView& grad_y, const MatrixView& grad_x) {
  gate_backward<float>(kind, x, grad_y, grad_x);
}
void GateBf16RowsBackward(ActivationKind kind, const ConstBf16View& x, const ConstBf16View& grad_y, const Bf16View& grad_x) {
  gate_backward<Bf16>(kind, x, grad_y, grad_x);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(ActivateRowsBackward);
HWY_EXPORT(ActivateBf16RowsBackward);
HWY_EXPORT(GateRowsBackward);
HWY_EXPORT(GateBf16RowsBackward);

void activate_rows_backward(ActivationKind kind, ConstMatrixView x, ConstMatrixView grad_y, MatrixView grad_x) noexcept {
  HWY_DYNAMIC_DISPATCH(ActivateRowsBackward)(kind, x, grad_y, grad_x);
}

void gate_rows_backward(ActivationKind kind, ConstMatrixView x, ConstMatrixView grad_y, MatrixView grad_x) noexcept {
  HWY_DYNAMIC_DISPATCH(GateRowsBackward)(kind, x, grad_y, grad_x);
}

void activate_rows_backward(ActivationKind kind, ConstBf16View x, ConstBf16View grad_y, Bf16View grad_x) noexcept {
  HWY_DYNAMIC_DISPATCH(ActivateBf16RowsBackward)(kind, x, grad_y, grad_x);
}

void gate_rows_backward(ActivationKind kind, ConstBf16View x, ConstBf16View grad_y, Bf16View grad_x) noexcept {
  HWY_DYNAMIC_DISPATCH(GateBf16RowsBackward)(kind, x, grad_y, grad_x);
}

}  // namespace crossrank
#endif  // HWY_ONCE
