// operands: what the operands of products are made of, floats or pairs of bf16, for one instruction set at a time.
// Both lie in slots of 32 bits, so that packing, transposing and walking over them is the same.
#if defined(CROSSRANK_CPU_OPERANDS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_OPERANDS_INL_H_
#undef CROSSRANK_CPU_OPERANDS_INL_H_
#else
#define CROSSRANK_CPU_OPERANDS_INL_H_
#endif

#include <hwy/highway.h>

#include <bit>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A slot is a float.
struct Floats {
  static constexpr int kPerSlot = 1;

  template <class V>
  static HWY_INLINE V add_products(V a, V b, V sum) {
    return hn::MulAdd(a, b, sum);
  }
};

// A slot is two values rounded to bf16 (to the nearest, ties to even), the first in the lower half. On AVX-512 this is AVX512_BF16, which
// the machine must have, and which takes subnormals for zeros; elsewhere the same by other means, to be tested with.
struct Bf16Pairs {
  static constexpr int kPerSlot = 2;
  using D = hn::ScalableTag<float>;
  using V = hn::Vec<D>;
  using Bits = hn::RebindToUnsigned<D>;

  // What a slot holds, as whole numbers.
  static HWY_INLINE uint32_t rounded(float x) {
    const auto bits = std::bit_cast<uint32_t>(x);
    if (x != x) return (bits >> 16) | 0x40;
    return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  }
  static HWY_INLINE float slot(float first, float second) { return std::bit_cast<float>(rounded(first) | rounded(second) << 16); }

#if HWY_TARGET == HWY_AVX3
  // Highway 1.0 has no name for these instructions: the assembler has.
  static HWY_INLINE V add_products(V a, V b, V sum) {
    asm("vdpbf16ps %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
    return sum;
  }
  // Slot i: a[2 i] and a[2 i + 1], then those of b.
  static HWY_INLINE V neighbours(V a, V b) {
    asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(a.raw) : "v"(a.raw), "v"(b.raw));
    return a;
  }
  // Slot i: first[i] and second[i].
  static HWY_INLINE V side_by_side(V first, V second) {
    return hn::BitCast(D(), hn::Or(widened(first), hn::ShiftLeft<16>(widened(second))));
  }

 private:
  static HWY_INLINE hn::Vec<Bits> widened(V x) {
    hn::Vec<hn::Rebind<uint16_t, Bits>> narrow;
    asm("vcvtneps2bf16 %1, %0" : "=v"(narrow.raw) : "v"(x.raw));
    return hn::PromoteTo(Bits(), narrow);
  }
#elif HWY_TARGET != HWY_SCALAR
  static HWY_INLINE V add_products(V a, V b, V sum) {
    const D d;
    const Bits bits;
    const auto first = [&](V x) { return hn::BitCast(d, hn::ShiftLeft<16>(hn::BitCast(bits, x))); };
    const auto second = [&](V x) { return hn::BitCast(d, hn::And(hn::BitCast(bits, x), hn::Set(bits, 0xFFFF0000u))); };
    return hn::MulAdd(second(a), second(b), hn::MulAdd(first(a), first(b), sum));
  }
  static HWY_INLINE V neighbours(V a, V b) {
    const D d;
    return side_by_side(hn::ConcatEven(d, b, a), hn::ConcatOdd(d, b, a));
  }
  static HWY_INLINE V side_by_side(V first, V second) {
    const Bits bits;
    return hn::BitCast(D(), hn::Or(hn::ShiftRight<16>(upper(first)), hn::And(upper(second), hn::Set(bits, 0xFFFF0000u))));
  }

 private:
  // Rounded, in the upper halves.
  static HWY_INLINE hn::Vec<Bits> upper(V x) {
    const D d;
    const Bits bits;
    const auto from = hn::BitCast(bits, x);
    const auto odd = hn::And(hn::ShiftRight<16>(from), hn::Set(bits, 1));
    const auto near = hn::Add(from, hn::Add(odd, hn::Set(bits, 0x7FFF)));
    return hn::IfThenElse(hn::RebindMask(bits, hn::IsNaN(x)), hn::Or(from, hn::Set(bits, 0x400000)), near);
  }
#endif
};

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_OPERANDS_INL_H_
