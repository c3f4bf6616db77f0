// dropout: masks on vectors, for one instruction set at a time.
#if defined(CROSSRANK_CPU_DROPOUT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_DROPOUT_INL_H_
#undef CROSSRANK_CPU_DROPOUT_INL_H_
#else
#define CROSSRANK_CPU_DROPOUT_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "cpu/dropout_mask.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// is_kept() on vectors: the numbers of a row from a column on. There must be a dropout.
class KeptColumns {
  using Floats32 = hn::ScalableTag<float>;

 public:
  HWY_INLINE KeptColumns(const DropoutMask& dropout, int row, int column) {
    const DropoutRow keys = dropout_row(dropout, row);
    const auto start = static_cast<uint32_t>(column) * kDropoutColumn + keys.first;
    columns_ = hn::Add(hn::Mul(hn::Iota(Whole(), 0), hn::Set(Whole(), kDropoutColumn)), hn::Set(Whole(), start));
    second_ = hn::Set(Whole(), keys.second);
    below_ = hn::Set(hn::RebindToSigned<Floats32>(), static_cast<int32_t>(dropout.threshold - 1));
  }

  // Of the next vector of columns.
  HWY_INLINE hn::Mask<Floats32> next() {
    auto x = columns_;
    columns_ = hn::Add(x, hn::Set(Whole(), static_cast<uint32_t>(hn::Lanes(Whole())) * kDropoutColumn));
    x = hn::Mul(hn::Xor(x, hn::ShiftRight<16>(x)), hn::Set(Whole(), kDropoutFirst));
    x = hn::Xor(hn::Xor(x, hn::ShiftRight<15>(x)), second_);
    x = hn::Mul(x, hn::Set(Whole(), kDropoutSecond));
    x = hn::ShiftRight<1>(hn::Xor(x, hn::ShiftRight<16>(x)));
    return hn::RebindMask(Floats32(), hn::Gt(hn::BitCast(hn::RebindToSigned<Floats32>(), x), below_));
  }

 private:
  using Whole = hn::RebindToUnsigned<Floats32>;

  hn::Vec<Whole> columns_;  // each column's place before it is mixed
  hn::Vec<Whole> second_;
  hn::Vec<hn::RebindToSigned<Floats32>> below_;
};

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_DROPOUT_INL_H_
