#include "cpu/norm_gradient.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/norm_gradient.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <algorithm>

#include "cpu/aligned_buffer.h"
#include "cpu/column_sums.h"
#include "cpu/norm-inl.h"
#include "cpu/parallel.h"
#include "cpu/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

struct RowSums {
  float grads = 0;      // of grad_y * weight
  float projected = 0;  // of grad_y * weight * normed
};

HWY_INLINE RowSums sum_row(const float* x, const float* grad_y, const float* weight, const RowStatistics& row, size_t n) {
  const hn::ScalableTag<float> d;
  const auto mean = hn::Set(d, row.mean), inverse = hn::Set(d, row.inverse);
  auto grads = hn::Zero(d), projected = hn::Zero(d);
  size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto grad = hn::Mul(hn::LoadU(d, grad_y + i), hn::LoadU(d, weight + i));
    grads = hn::Add(grads, grad);
    projected = hn::MulAdd(grad, hn::Mul(hn::Sub(hn::LoadU(d, x + i), mean), inverse), projected);
  }
  RowSums sums = {hn::GetLane(hn::SumOfLanes(d, grads)), hn::GetLane(hn::SumOfLanes(d, projected))};
  for (; i < n; ++i) {
    const float grad = grad_y[i] * weight[i];
    sums.grads += grad;
    sums.projected += grad * (x[i] - row.mean) * row.inverse;
  }
  return sums;
}

// Rows [first, last); `weight_sums` and `bias_sums` [columns] are added to, where they are not null.
void NormRowsBackward(const NormBackward& task, int64_t first, int64_t last, float* weight_sums, float* bias_sums) {
  const auto n = static_cast<size_t>(task.x.columns);
  const float* weight = task.norm.weight;
  for (int64_t r = first; r < last; ++r) {
    const float *x = task.x.row(r), *grad_y = task.grad_y.row(r);
    float* grad_x = task.grad_x.row(r);
    const RowStatistics row = row_statistics(x, n, task.norm.eps);
    const RowSums sums = sum_row(x, grad_y, weight, row, n);
    const float mean_grad = sums.grads / static_cast<float>(n), mean_projected = sums.projected / static_cast<float>(n);
    for_vectors(n, [&](auto d, size_t i) HWY_ATTR {
      const auto grad = hn::LoadU(d, grad_y + i), inverse = hn::Set(d, row.inverse);
      const auto normed = hn::Mul(hn::Sub(hn::LoadU(d, x + i), hn::Set(d, row.mean)), inverse);
      const auto centred = hn::MulSub(grad, hn::LoadU(d, weight + i), hn::Set(d, mean_grad));
      hn::StoreU(hn::Mul(inverse, hn::NegMulAdd(normed, hn::Set(d, mean_projected), centred)), d, grad_x + i);
      if (weight_sums != nullptr) hn::StoreU(hn::MulAdd(grad, normed, hn::LoadU(d, weight_sums + i)), d, weight_sums + i);
      if (bias_sums != nullptr) hn::StoreU(hn::Add(grad, hn::LoadU(d, bias_sums + i)), d, bias_sums + i);
    });
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(NormRowsBackward);

void norm_backward(const NormBackward& task) {
  // Each piece of rows has sums of its own, which are added in their order.
  constexpr int64_t kPieceRows = 64;
  const int64_t rows = task.x.rows, columns = task.x.columns, pieces = (rows + kPieceRows - 1) / kPieceRows;
  static thread_local AlignedBuffer memory;  // of the calling thread, kept for its next call
  float* weight_sums = memory.grow(static_cast<size_t>(2 * pieces * columns + 1));
  float* bias_sums = weight_sums + pieces * columns;
  parallel_pieces(rows, kPieceRows, [&](int64_t first, int64_t last) {
    const auto sums_of = [&](float* sums, const float* wanted) {
      float* own = wanted == nullptr ? nullptr : sums + first / kPieceRows * columns;
      if (own != nullptr) std::fill_n(own, columns, 0.0f);
      return own;
    };
    HWY_DYNAMIC_DISPATCH(NormRowsBackward)(task, first, last, sums_of(weight_sums, task.grad_weight), sums_of(bias_sums, task.grad_bias));
  });
  if (task.grad_weight != nullptr) column_sums(weight_sums, pieces, columns, task.grad_weight);
  if (task.grad_bias != nullptr) column_sums(bias_sums, pieces, columns, task.grad_bias);
}

}  // namespace crossrank
#endif  // HWY_ONCE
