#include "cpu/bf16_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/bf16_rows.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "cpu/operands-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

void RoundRows(const ConstMatrixView& x, Bf16* out) {
  for (int r = 0; r < x.rows; ++r, out += x.columns) {
    const float* row = x.row(r);
    int i = 0;
#if HWY_TARGET != HWY_SCALAR
    const hn::ScalableTag<float> d;
    const hn::Repartition<uint16_t, decltype(d)> narrow;
    const int lanes = static_cast<int>(hn::Lanes(d));
    for (; i + 2 * lanes <= x.columns; i += 2 * lanes) {
      const auto slots = Bf16Pairs::neighbours(hn::LoadU(d, row + i), hn::LoadU(d, row + i + lanes));
      hn::StoreU(hn::BitCast(narrow, slots), narrow, out + i);
    }
#endif
    for (; i < x.columns; ++i) out[i] = static_cast<Bf16>(Bf16Pairs::rounded(row[i]));
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(RoundRows);

void round_to_bf16(ConstMatrixView x, Bf16* out) noexcept { HWY_DYNAMIC_DISPATCH(RoundRows)(x, out); }

}  // namespace crossrank
#endif  // HWY_ONCE
