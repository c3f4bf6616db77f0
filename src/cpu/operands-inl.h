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

// Values as memory holds them: floats, or bf16, whose bits are the upper half of a float's.
template <class D>
HWY_INLINE hn::Vec<D> load_values(D d, const float* from) {
  return hn::LoadU(d, from);
}
template <class D>
HWY_INLINE hn::Vec<D> load_values(D d, const uint16_t* from) {
  const hn::RebindToUnsigned<D> bits;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(bits, hn::LoadU(hn::Rebind<uint16_t, D>(), from))));
}
HWY_INLINE float value_of(float x) { return x; }
HWY_INLINE float value_of(uint16_t x) { return std::bit_cast<float>(uint32_t{x} << 16); }

// x rounded to bf16, to the nearest, ties to even. On AVX-512 this is AVX512_BF16, which the machine must have, and which takes subnormals
// for zeros.
template <class D>
HWY_INLINE hn::Vec<hn::Rebind<uint16_t, D>> to_bf16(D /*d*/, hn::Vec<D> x) {
  const hn::Rebind<uint16_t, D> narrow;
#if HWY_TARGET == HWY_AVX3
  // Highway 1.0 has no name for these instructions: the assembler has.
  if constexpr (hn::MaxLanes(D()) == hn::MaxLanes(hn::ScalableTag<float>())) {
    hn::Vec<decltype(narrow)> rounded;
    asm("vcvtneps2bf16 %1, %0" : "=v"(rounded.raw) : "v"(x.raw));
    return rounded;
  }
#endif
  const hn::RebindToUnsigned<D> bits;
  const auto from = hn::BitCast(bits, x);
  const auto odd = hn::And(hn::ShiftRight<16>(from), hn::Set(bits, 1));
  const auto near = hn::Add(from, hn::Add(odd, hn::Set(bits, 0x7FFF)));
  const auto rounded = hn::IfThenElse(hn::RebindMask(bits, hn::IsNaN(x)), hn::Or(from, hn::Set(bits, 0x400000)), near);
  return hn::TruncateTo(narrow, hn::ShiftRight<16>(rounded));
}

template <class D>
HWY_INLINE void store_values(hn::Vec<D> x, D d, float* to) {
  hn::StoreU(x, d, to);
}
template <class D>
HWY_INLINE void store_values(hn::Vec<D> x, D d, uint16_t* to) {
  hn::StoreU(to_bf16(d, x), hn::Rebind<uint16_t, D>(), to);
}

// A slot is a float.
struct Floats {
  static constexpr int kPerSlot = 1;

  template <class V>
  static HWY_INLINE V add_products(V a, V b, V sum) {
    return hn::MulAdd(a, b, sum);
  }
};

// A slot is two values rounded by to_bf16(), the first in the lower half.
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

#if HWY_TARGET != HWY_SCALAR
  // Slot i: first[i] and second[i].
  static HWY_INLINE V side_by_side(V first, V second) { return side_by_side(to_bf16(D(), first), to_bf16(D(), second)); }
  // The same from memory.
  static HWY_INLINE V load_side_by_side(const float* first, const float* second) {
    return side_by_side(hn::LoadU(D(), first), hn::LoadU(D(), second));
  }
  static HWY_INLINE V load_side_by_side(const uint16_t* first, const uint16_t* second) {
    return side_by_side(hn::LoadU(Narrow(), first), hn::LoadU(Narrow(), second));
  }
#endif

#if HWY_TARGET == HWY_AVX3
  static HWY_INLINE V add_products(V a, V b, V sum) {
    asm("vdpbf16ps %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
    return sum;
  }
  // Slot i: a[2 i] and a[2 i + 1], then those of b.
  static HWY_INLINE V neighbours(V a, V b) {
    asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(a.raw) : "v"(a.raw), "v"(b.raw));
    return a;
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
#endif

#if HWY_TARGET != HWY_SCALAR

 private:
  using Narrow = hn::Rebind<uint16_t, D>;

  static HWY_INLINE V side_by_side(hn::Vec<Narrow> first, hn::Vec<Narrow> second) {
    const Bits bits;
    return hn::BitCast(D(), hn::Or(hn::PromoteTo(bits, first), hn::ShiftLeft<16>(hn::PromoteTo(bits, second))));
  }
#endif
};

// Two vectors, one after the other.
HWY_INLINE void store_two(Bf16Pairs::V first, Bf16Pairs::V second, float* to) {
  const Bf16Pairs::D d;
  hn::StoreU(first, d, to);
  hn::StoreU(second, d, to + hn::Lanes(d));
}
HWY_INLINE void store_two(Bf16Pairs::V first, Bf16Pairs::V second, uint16_t* to) {
  const Bf16Pairs::D d;
#if HWY_TARGET == HWY_SCALAR
  store_values(first, d, to);
  store_values(second, d, to + 1);
#else
  const hn::Repartition<uint16_t, Bf16Pairs::D> narrow;
  hn::StoreU(hn::BitCast(narrow, Bf16Pairs::neighbours(first, second)), narrow, to);
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_OPERANDS_INL_H_
