// quads: products of 8-bit whole numbers, four to a lane of 32 bits, and their sums, for one instruction set at a time. What int8_quads.cc
// and attention.cc multiply with; by VNNI where the machine has it.
#if defined(CROSSRANK_CPU_QUADS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_QUADS_INL_H_
#undef CROSSRANK_CPU_QUADS_INL_H_
#else
#define CROSSRANK_CPU_QUADS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "cpu/isa.h"

// vpdpbusd is an extension that targets of Highway 1.0 say nothing of, so it is asked for at run time, and named to the assembler alone.
#undef CROSSRANK_VPDPBUSD
#if HWY_TARGET == HWY_AVX3
#define CROSSRANK_VPDPBUSD "vpdpbusd %2, %1, %0"
#elif HWY_TARGET == HWY_AVX2
#define CROSSRANK_VPDPBUSD "%{vex%} vpdpbusd %2, %1, %0"
#endif

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Whether VnniQuads runs here.
HWY_INLINE bool has_quad_instructions() {
#if HWY_TARGET == HWY_AVX3
  return has_avx512_vnni();
#elif HWY_TARGET == HWY_AVX2
  return has_avx_vnni();
#else
  return false;
#endif
}

#if HWY_TARGET != HWY_SCALAR

struct Quads {
  static constexpr bool kInOneInstruction = false;
  using Sums = hn::ScalableTag<int32_t>;
  using Sum = hn::Vec<Sums>;
  using Unsigned = hn::Vec<hn::Repartition<uint8_t, Sums>>;
  using Signed = hn::Vec<hn::Repartition<int8_t, Sums>>;

  // sum + a b, of each lane's four: at most 4 * 255 * 128. By pairs of 16 bits: the even values, then the odd ones.
  static HWY_INLINE Sum add_products(Unsigned a, Signed b, Sum sum) {
    const hn::Repartition<int16_t, Sums> d16;
    const auto x = hn::BitCast(d16, a), w = hn::BitCast(d16, b);
    const auto even_x = hn::And(x, hn::Set(d16, 0xFF)), odd_x = hn::And(hn::ShiftRight<8>(x), hn::Set(d16, 0xFF));
    const auto even_w = hn::ShiftRight<8>(hn::ShiftLeft<8>(w)), odd_w = hn::ShiftRight<8>(w);
    auto more = hn::Zero(Sums());
    sum = hn::ReorderWidenMulAccumulate(Sums(), even_x, even_w, sum, more);
    sum = hn::ReorderWidenMulAccumulate(Sums(), odd_x, odd_w, sum, more);
    return hn::RearrangeToOddPlusEven(sum, more);
  }
};

// The same by the machine's own instruction, where there may be one.
struct VnniQuads : Quads {
#ifdef CROSSRANK_VPDPBUSD
  static constexpr bool kInOneInstruction = true;
  static HWY_INLINE Sum add_products(Unsigned a, Signed b, Sum sum) {
    asm(CROSSRANK_VPDPBUSD : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
    return sum;
  }
#endif
};

#endif

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_QUADS_INL_H_
