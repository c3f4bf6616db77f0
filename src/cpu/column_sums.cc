#include "cpu/column_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/column_sums.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <algorithm>

#include "cpu/operands-inl.h"
#include "cpu/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Rows summed before their sum is added to the total: 2,000 terms one by one would lose two digits.
constexpr int64_t kBlockRows = 64;

// One strip of columns, `x` at its first. kVectors vectors side by side read a whole page's line of the strip.
template <class D, int kVectors, typename Value>
HWY_INLINE void sum_strip(D d, const Value* x, int64_t rows, int64_t stride, float* sums) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<D> total[kVectors];
  for (auto& value : total) value = hn::Zero(d);
  for (int64_t first = 0; first < rows; first += kBlockRows) {
    hn::Vec<D> block[kVectors];
    for (auto& value : block) value = hn::Zero(d);
    const int64_t last = std::min(rows, first + kBlockRows);
    for (int64_t row = first; row < last; ++row) {
      for (int v = 0; v < kVectors; ++v) block[v] = hn::Add(block[v], load_values(d, x + row * stride + v * lanes));
    }
    for (int v = 0; v < kVectors; ++v) total[v] = hn::Add(total[v], block[v]);
  }
  for (int v = 0; v < kVectors; ++v) hn::StoreU(total[v], d, sums + v * lanes);
}

template <typename Value>
HWY_INLINE void sum_columns(const Value* x, int64_t rows, int64_t stride, int64_t columns, float* sums) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + 8 * lanes <= columns; i += 8 * lanes) sum_strip<decltype(d), 8>(d, x + i, rows, stride, sums + i);
  for (; i + lanes <= columns; i += lanes) sum_strip<decltype(d), 1>(d, x + i, rows, stride, sums + i);
  for (; i < columns; ++i) sum_strip<decltype(one), 1>(one, x + i, rows, stride, sums + i);
}

void SumColumns(const float* x, int64_t rows, int64_t stride, int64_t columns, float* sums) { sum_columns(x, rows, stride, columns, sums); }
void SumBf16Columns(const Bf16* x, int64_t rows, int64_t stride, int64_t columns, float* sums) {
  sum_columns(x, rows, stride, columns, sums);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(SumColumns);
HWY_EXPORT(SumBf16Columns);

namespace {

constexpr int64_t kPieceColumns = 128;

}  // namespace

void column_sums(const float* x, int64_t rows, int64_t columns, float* sums) {
  parallel_pieces(columns, kPieceColumns, [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(SumColumns)(x + first, rows, columns, last - first, sums + first);
  });
}

void column_sums(const Bf16* x, int64_t rows, int64_t columns, float* sums) {
  parallel_pieces(columns, kPieceColumns, [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(SumBf16Columns)(x + first, rows, columns, last - first, sums + first);
  });
}

}  // namespace crossrank
#endif  // HWY_ONCE
