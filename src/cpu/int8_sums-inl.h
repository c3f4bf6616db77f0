// int8_sums: the inner loop of products of whole numbers, for one instruction set at a time. Used by int8_pairs.cc and int8_quads.cc.
#if defined(CROSSRANK_CPU_INT8_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_INT8_SUMS_INL_H_
#undef CROSSRANK_CPU_INT8_SUMS_INL_H_
#else
#define CROSSRANK_CPU_INT8_SUMS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "cpu/int8_rounding-inl.h"
#include "cpu/unrolled-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {

template <class Kind, int kRows>
HWY_INLINE void add_group(const typename Kind::Input* x, int64_t stride, const int8_t* panel, hn::Vec<Sums> (&sums)[kRows][2]) {
  typename Kind::Columns columns[2];
  for_each_of<2>([&](auto v) CROSSRANK_UNROLLED { columns[v] = Kind::load_columns(panel + v * Kind::kGroup * kLanes); });
  for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED {
    const auto value = Kind::load_row(x + r * stride);
    for_each_of<2>([&](auto v) CROSSRANK_UNROLLED { sums[r][v] = Kind::add_products(value, columns[v], sums[r][v]); });
  });
}

// sums [kRows][2]: of `groups` groups of x [kRows, groups * Kind::kGroup] with a panel's. Kind has the type of an input, what loads a group
// of every column or of one row in every lane, and what adds their products to sums.
template <class Kind, int kRows>
HWY_INLINE void sum_products(const typename Kind::Input* HWY_RESTRICT x, const int8_t* HWY_RESTRICT panel, int groups,
                             hn::Vec<Sums> (&sums)[kRows][2]) {
  const int64_t stride = int64_t{Kind::kGroup} * groups;
  for_each_of<kRows>([&](auto r) CROSSRANK_UNROLLED { for_each_of<2>([&](auto v) CROSSRANK_UNROLLED { sums[r][v] = hn::Zero(Sums()); }); });
  if constexpr (Kind::kInOneInstruction) {
    for (int k = 0; k < groups; ++k) add_group<Kind, kRows>(x + Kind::kGroup * k, stride, panel + int64_t{Kind::kGroup} * kPanel * k, sums);
  } else {
    // GCC 12 copies every sum to another register at the end of a turn: four steps a turn leave little of that.
#if HWY_COMPILER_GCC_ACTUAL
#pragma GCC unroll 4
#endif
    for (int k = 0; k < groups; ++k) add_group<Kind, kRows>(x + Kind::kGroup * k, stride, panel + int64_t{Kind::kGroup} * kPanel * k, sums);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_INT8_SUMS_INL_H_
