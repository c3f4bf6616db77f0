// For a block of keys, blocks of queries: weights P = 2^(S - log_sum_exp) and their gradients are computed again in a tile that stays in
// the second-level cache, dS = P (dP - sum of a row's P dP), and that sum is grad_out times out (Dao et al. 2022, algorithm 4).
#include "cpu/attention_gradient.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/attention_gradient.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <algorithm>
#include <cmath>

#include "cpu/attention_gradient_plan.h"
#include "cpu/attention_tile-inl.h"
#include "cpu/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

// Some queries against some keys, by position; their rows of the tile begin at column `first_key`.
struct GradientTile {
  int first_query;
  int queries;
  int first_key;
  int keys;
};

template <typename Value>
class HeadBackward {
 public:
  HeadBackward(const BasicHeadAttentionGradient<Value>& task, const GradientScratch& scratch)
      : task_(task), head_(task.forward), scratch_(scratch), dim_(head_.head_dim), width_(round_up(dim_, kLanes)) {}

  void run() {
    pack_queries();
    std::fill_n(scratch_.grad_queries, static_cast<int64_t>(head_.queries) * width_, 0.0f);
    for (int key = 0; key < head_.length; key += kGradientKeys) add_keys(key, std::min(kGradientKeys, head_.length - key));
    // Of the score's 1 / sqrt(d), which the packed queries hold too, but not those that grad_queries were summed with.
    const float scale = 1.0f / std::sqrt(static_cast<float>(dim_));
    for (int i = 0; i < head_.queries; ++i) {
      float* row = scratch_.grad_queries + static_cast<int64_t>(i) * width_;
      rotate_row<true>(row, angles(head_.first_query + i), scale, dim_, row);
      store_row(row, task_.grad_q + i * task_.grad_q_stride);
    }
  }

 private:
  HWY_INLINE void store_row(const float* row, Value* to) const {
    const Full d;
    const One one;
    int i = 0;
    for (; i + kLanes <= dim_; i += kLanes) store_values(hn::LoadU(d, row + i), d, to + i);
    for (; i < dim_; ++i) store_values(hn::LoadU(one, row + i), one, to + i);
  }

  const float* angles(int position) const {
    return head_.rotary == nullptr ? nullptr : head_.rotary + static_cast<int64_t>(position) * dim_;
  }

  // Queries as the forward pass had them, rows of grad_out, and their sums with out.
  HWY_NOINLINE void pack_queries() {
    const Full d;
    const float scale = kLog2E / std::sqrt(static_cast<float>(dim_));
    for (int i = 0; i < head_.queries; ++i) {
      float* query = scratch_.queries + static_cast<int64_t>(i) * width_;
      rotate_row(head_.q + i * head_.q_stride, angles(head_.first_query + i), scale, dim_, query);
      std::fill(query + dim_, query + width_, 0.0f);
      float* grad = scratch_.grad_out + static_cast<int64_t>(i) * width_;
      pad_row(task_.grad_out + i * task_.grad_out_stride, dim_, width_, grad);
      const Value* out = head_.out + i * head_.out_stride;
      auto sums = hn::Zero(d);
      int j = 0;
      for (; j + kLanes <= dim_; j += kLanes) sums = hn::MulAdd(hn::LoadU(d, grad + j), load_values(d, out + j), sums);
      float sum = hn::GetLane(hn::SumOfLanes(d, sums));
      for (; j < dim_; ++j) sum += grad[j] * value_of(out[j]);
      scratch_.row_sums[i] = sum;
    }
  }

  // Keys and values of positions [first, first + count): keys rotated, as rows and transposed; values transposed.
  HWY_NOINLINE void pack_keys(int first, int count) {
    const int padded = round_up(count, kPanel);
    for (int j = 0; j < padded; ++j) {
      float* key = scratch_.keys + static_cast<int64_t>(j) * width_;
      float* value = scratch_.values + static_cast<int64_t>(j) * width_;
      if (j < count) {
        const int64_t position = first + j;
        rotate_row(head_.k + position * head_.kv_stride, angles(first + j), 1.0f, dim_, key);
        std::fill(key + dim_, key + width_, 0.0f);
        pad_row(head_.v + position * head_.kv_stride, dim_, width_, value);
      } else {
        std::fill_n(key, width_, 0.0f);
        std::fill_n(value, width_, 0.0f);
      }
    }
    for (int j = 0; j < padded; j += kPanel) {
      transpose_panel(scratch_.keys + static_cast<int64_t>(j) * width_, width_, dim_, scratch_.key_panels + static_cast<int64_t>(j) * dim_);
      transpose_panel(scratch_.values + static_cast<int64_t>(j) * width_, width_, dim_,
                      scratch_.value_panels + static_cast<int64_t>(j) * dim_);
    }
  }

  // What the keys [first, first + count) give to all gradients.
  void add_keys(int first, int count) {
    const int last_query = head_.first_query + head_.queries;
    int begin = head_.first_query, end = last_query;
    if (head_.window > 0) {
      begin = std::max(begin, first - head_.window);
      end = std::min(end, first + count + head_.window);
    }
    pack_keys(first, count);
    std::fill_n(scratch_.grad_keys, static_cast<int64_t>(count) * width_, 0.0f);
    std::fill_n(scratch_.grad_values, static_cast<int64_t>(count) * width_, 0.0f);
    for (int query = begin; query < end; query += kGradientQueries)
      add_tile({query, std::min(kGradientQueries, end - query), first, count});
    for (int j = 0; j < count; ++j) {
      float* grad_key = scratch_.grad_keys + static_cast<int64_t>(j) * width_;
      // The packed queries hold log2(e), the score does not.
      rotate_row<true>(grad_key, angles(first + j), 1.0f / kLog2E, dim_, grad_key);
      store_row(grad_key, task_.grad_k + (first + j) * task_.grad_kv_stride);
      store_row(scratch_.grad_values + static_cast<int64_t>(j) * width_, task_.grad_v + (first + j) * task_.grad_kv_stride);
    }
  }

  void add_tile(const GradientTile& tile) {
    const int64_t row = tile.first_query - head_.first_query;
    multiply_panels(tile.queries, tile.keys, scratch_.queries + row * width_, scratch_.key_panels, scratch_.weights);
    multiply_panels(tile.queries, tile.keys, scratch_.grad_out + row * width_, scratch_.value_panels, scratch_.grad_scores);
    for (int r = 0; r < tile.queries; ++r) weigh_row(tile, r);
    add_transposed(tile, scratch_.weights, scratch_.grad_out + row * width_, scratch_.grad_values);
    add_transposed(tile, scratch_.grad_scores, scratch_.queries + row * width_, scratch_.grad_keys);
    add_rows(tile, scratch_.grad_queries + row * width_);
  }

  // c [rows, keys] = rows [rows, dim] times panels of transposed keys or values.
  void multiply_panels(int count, int keys, const float* rows_of, const float* panels, float* c) const {
    for_tiles(count, [&](int first, int rows) HWY_ATTR {
      multiply<2, false>(rows, {rows_of + static_cast<int64_t>(first) * width_, width_, panels, kPanel, dim_,
                                c + static_cast<int64_t>(first) * kTileStride, kTileStride, (keys + kPanel - 1) / kPanel, kPanel * dim_});
    });
  }

  // Row r of the tile: scores become the weights that met the values, gradients of weights those of scores.
  HWY_INLINE void weigh_row(const GradientTile& tile, int r) {
    const Full d;
    const int query = tile.first_query + r;
    const int64_t index = query - head_.first_query;
    float* scores = scratch_.weights + static_cast<int64_t>(r) * kTileStride;
    float* grads = scratch_.grad_scores + static_cast<int64_t>(r) * kTileStride;
    const int padded = round_up(tile.keys, kLanes);
    mask_row(keys_seen(head_, query, 1), tile.first_key, padded, scores);
    const auto log_sum = hn::Set(d, head_.log_sum_exp[index]), sum = hn::Set(d, scratch_.row_sums[index]);
    if (head_.dropout.threshold == 0) {
      for (int j = 0; j < padded; j += kLanes) {
        const auto weight = exp2_of(d, hn::Sub(hn::LoadU(d, scores + j), log_sum));
        hn::StoreU(weight, d, scores + j);
        hn::StoreU(hn::Mul(weight, hn::Sub(hn::LoadU(d, grads + j), sum)), d, grads + j);
      }
      return;
    }
    const auto scale = hn::Set(d, head_.dropout.scale);
    KeptWeights kept(head_.dropout, query, tile.first_key);
    for (int j = 0; j < padded; j += kLanes) {
      const auto weight = exp2_of(d, hn::Sub(hn::LoadU(d, scores + j), log_sum));
      const auto factor = hn::IfThenElseZero(kept.next(), scale);
      hn::StoreU(hn::Mul(weight, factor), d, scores + j);
      hn::StoreU(hn::Mul(weight, hn::MulSub(hn::LoadU(d, grads + j), factor, sum)), d, grads + j);
    }
  }

  // grad [keys, width] += transposed tile [queries, keys] times rows [queries, width].
  void add_transposed(const GradientTile& tile, const float* values, const float* rows_of, float* grad) const {
    for_tiles(tile.keys, [&](int first, int rows) HWY_ATTR {
      multiply_columns<true, true>(
          rows, width_, {values + first, kTileStride, rows_of, width_, tile.queries, grad + static_cast<int64_t>(first) * width_, width_});
    });
  }

  // grad [queries, width] += tile [queries, keys] times keys [keys, width].
  void add_rows(const GradientTile& tile, float* grad) const {
    for_tiles(tile.queries, [&](int first, int rows) HWY_ATTR {
      multiply_columns<true>(rows, width_,
                             {scratch_.grad_scores + static_cast<int64_t>(first) * kTileStride, kTileStride, scratch_.keys, width_,
                              tile.keys, grad + static_cast<int64_t>(first) * width_, width_});
    });
  }

  const BasicHeadAttentionGradient<Value>& task_;
  const BasicHeadAttention<Value>& head_;
  const GradientScratch& scratch_;
  int dim_;
  int width_;  // head_dim in whole vectors
};

template <typename Value>
HWY_INLINE void attend_backward_of(const BasicHeadAttentionGradient<Value>& task, float* memory) {
  GradientScratch scratch;
  lay_out(task.forward, memory, scratch);
  HeadBackward<Value>(task, scratch).run();
}

void AttendBackward(const HeadAttentionGradient& task, float* memory) { attend_backward_of(task, memory); }
void AttendBf16Backward(const Bf16HeadAttentionGradient& task, float* memory) { attend_backward_of(task, memory); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(AttendBackward);
HWY_EXPORT(AttendBf16Backward);

size_t attention_gradient_scratch_floats(const AttentionTask& forward) noexcept {
  GradientScratch scratch;
  return lay_out(forward, nullptr, scratch);
}

void attend_backward(const HeadAttentionGradient& task, float* scratch) noexcept { HWY_DYNAMIC_DISPATCH(AttendBackward)(task, scratch); }
void attend_backward(const Bf16HeadAttentionGradient& task, float* scratch) noexcept {
  HWY_DYNAMIC_DISPATCH(AttendBf16Backward)(task, scratch);
}

}  // namespace crossrank
#endif  // HWY_ONCE
