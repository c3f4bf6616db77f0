// unrolled: loops over the registers of a tile, for one instruction set at a time.
#if defined(CROSSRANK_CPU_UNROLLED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_UNROLLED_INL_H_
#undef CROSSRANK_CPU_UNROLLED_INL_H_
#else
#define CROSSRANK_CPU_UNROLLED_INL_H_
#endif

#include <hwy/highway.h>

#include <type_traits>
#include <utility>

// What a body of for_each_of() begins with: [&](auto i) CROSSRANK_UNROLLED { ... }.
#ifndef CROSSRANK_UNROLLED
#define CROSSRANK_UNROLLED HWY_ATTR __attribute__((always_inline))
#endif

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {

template <class Body, int... kIndices>
HWY_INLINE void call_for_each(const Body& body, std::integer_sequence<int, kIndices...>) {
  (body(std::integral_constant<int, kIndices>()), ...);
}

// Calls body(i) for the constants 0 to kCount - 1. An array that is indexed by constants alone lives in registers; one that a loop walks
// over GCC 12 also keeps in memory, even where it unrolls the loop.
template <int kCount, class Body>
HWY_INLINE void for_each_of(const Body& body) {
  call_for_each(body, std::make_integer_sequence<int, kCount>());
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_UNROLLED_INL_H_
