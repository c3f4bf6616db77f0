#include "cpu/dropout.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/dropout.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "cpu/dropout-inl.h"
#include "cpu/operands-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

template <typename Value>
HWY_INLINE void drop(const DropoutMask& mask, int first_row, const BasicMatrixView<const Value>& x, const BasicMatrixView<Value>& out) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto scale = hn::Set(d, mask.scale);
  for (int r = 0; r < x.rows; ++r) {
    const Value* from = x.row(r);
    Value* to = out.row(r);
    KeptColumns kept(mask, first_row + r, 0);
    int i = 0;
    for (; i + lanes <= x.columns; i += lanes) {
      store_values(hn::IfThenElseZero(kept.next(), hn::Mul(load_values(d, from + i), scale)), d, to + i);
    }
    for (; i < x.columns; ++i) {
      store_values(hn::Set(one, is_kept(mask, first_row + r, i) ? value_of(from[i]) * mask.scale : 0.0f), one, to + i);
    }
  }
}

void DropRows(const DropoutMask& mask, int first_row, const ConstMatrixView& x, const MatrixView& out) {
  drop<float>(mask, first_row, x, out);
}
void DropBf16Rows(const DropoutMask& mask, int first_row, const ConstBf16View& x, const Bf16View& out) {
  drop<Bf16>(mask, first_row, x, out);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(DropRows);
HWY_EXPORT(DropBf16Rows);

void drop_rows(const DropoutMask& mask, int first_row, ConstMatrixView x, MatrixView out) noexcept {
  HWY_DYNAMIC_DISPATCH(DropRows)(mask, first_row, x, out);
}

void drop_rows(const DropoutMask& mask, int first_row, ConstBf16View x, Bf16View out) noexcept {
  HWY_DYNAMIC_DISPATCH(DropBf16Rows)(mask, first_row, x, out);
}

}  // namespace crossrank
#endif  // HWY_ONCE
