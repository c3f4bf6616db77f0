#include "cpu/activation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/activation.cc"
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

template <class D, typename Value>
HWY_INLINE hn::Vec<D> load_biased(D d, const Value* x, const float* bias, size_t i) {
  const auto value = load_values(d, x + i);
  return bias == nullptr ? value : hn::Add(value, hn::LoadU(d, bias + i));
}

template <typename Value, class Function>
HWY_INLINE void activate(const float* bias, const BasicMatrixView<Value>& x, Function function) {
  for (int row = 0; row < x.rows; ++row) {
    Value* values = x.row(row);
    for_vectors(static_cast<size_t>(x.columns),
                [&](auto d, size_t i) HWY_ATTR { store_values(function(d, load_biased(d, values, bias, i)), d, values + i); });
  }
}

template <typename Value, class Function>
HWY_INLINE void gate(const float* bias, const BasicMatrixView<const Value>& x, const BasicMatrixView<Value>& out, Function function) {
  const auto n = static_cast<size_t>(out.columns);
  const float* up_bias = bias == nullptr ? nullptr : bias + n;
  for (int row = 0; row < out.rows; ++row) {
    const Value* inner = x.row(row);
    const Value* up = inner + n;
    Value* values = out.row(row);
    for_vectors(n, [&](auto d, size_t i) HWY_ATTR {
      store_values(hn::Mul(function(d, load_biased(d, inner, bias, i)), load_biased(d, up, up_bias, i)), d, values + i);
    });
  }
}

void ActivateRows(ActivationKind kind, const float* bias, const MatrixView& x) {
  with_function(kind, [&](auto function) HWY_ATTR { activate(bias, x, function); });
}

void ActivateBf16Rows(ActivationKind kind, const Bf16View& x) {
  with_function(kind, [&](auto function) HWY_ATTR { activate(nullptr, x, function); });
}

void GateRows(ActivationKind kind, const float* bias, const ConstMatrixView& x, const MatrixView& out) {
  with_function(kind, [&](auto function) HWY_ATTR { gate(bias, x, out, function); });
}

void GateBf16Rows(ActivationKind kind, const ConstBf16View& x, const Bf16View& out) {
  with_function(kind, [&](auto function) HWY_ATTR { gate(nullptr, x, out, function); });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(ActivateRows);
HWY_EXPORT(ActivateBf16Rows);
HWY_EXPORT(GateRows);
HWY_EXPORT(GateBf16Rows);

void activate_rows(ActivationKind kind, const float* bias, MatrixView x) noexcept { HWY_DYNAMIC_DISPATCH(ActivateRows)(kind, bias, x); }

void gate_rows(ActivationKind kind, const float* bias, ConstMatrixView x, MatrixView out) noexcept {
  HWY_DYNAMIC_DISPATCH(GateRows)(kind, bias, x, out);
}

void activate_rows(ActivationKind kind, Bf16View x) noexcept { HWY_DYNAMIC_DISPATCH(ActivateBf16Rows)(kind, x); }

void gate_rows(ActivationKind kind, ConstBf16View x, Bf16View out) noexcept { HWY_DYNAMIC_DISPATCH(GateBf16Rows)(kind, x, out); }

}  // namespace crossrank
#endif  // HWY_ONCE
