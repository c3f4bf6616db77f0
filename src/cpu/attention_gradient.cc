// For a block of keys, blocks of queries: weights P = 2^(S - log_sum_exp) and their gradients are computed again in a tile that stays in
// the second-level cache, dS = P (dP - sum of a row's P dP), and that sum is grad_out times out (Dao et al. 2022, algorithm 4). With scores
// of distance, dS summed by query and row of a table, and by key and row, gives the tables' gradients.
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

// Rows of the packed relative tables: `first` is the beginning of a panel.
struct PackedRows {
  int first;
  int count;
};

template <typename Value>
class HeadBackward {
 public:
  HeadBackward(const BasicHeadAttentionGradient<Value>& task, const GradientScratch& scratch)
      : task_(task),
        head_(task.forward),
        scratch_(scratch),
        dim_(head_.head_dim),
        width_(round_up(dim_, kLanes)),
        relative_(head_.relative) {}

  void run() {
    pack_queries();
    if (relative_.bias != nullptr) pack_biases();
    if (relative_.disentangled()) pack_relative_tables();
    std::fill_n(scratch_.grad_queries, static_cast<int64_t>(head_.queries) * width_, 0.0f);
    for (int key = 0; key < head_.length; key += kGradientKeys) add_keys(key, std::min(kGradientKeys, head_.length - key));
    // Of the score's 1 / sqrt(d), which the packed queries hold too, but not those that grad_queries were summed with.
    const float scale = score_scale() / kLog2E;
    for (int i = 0; i < head_.queries; ++i) {
      float* row = scratch_.grad_queries + static_cast<int64_t>(i) * width_;
      rotate_row<true>(row, angles(head_.first_query + i), scale, dim_, row);
      store_row(row, task_.grad_q + i * task_.grad_q_stride);
    }
    if (relative_.bias != nullptr) add_bias_gradient();
    if (relative_.keys != nullptr) add_table_gradient(scratch_.grad_relative_keys, 1.0f / kLog2E, task_.grad_relative_keys);
    if (relative_.queries != nullptr) add_table_gradient(scratch_.grad_relative_queries, scale, task_.grad_relative_queries);
  }

 private:
  HWY_INLINE void store_row(const float* row, Value* to) const {
    const Full d;
    const One one;
    int i = 0;
    for (; i + kLanes <= dim_; i += kLanes) store_values(hn::LoadU(d, row + i), d, to + i);
    for (; i < dim_; ++i) store_values(hn::LoadU(one, row + i), one, to + i);
  }

  float score_scale() const { return kLog2E / std::sqrt(static_cast<float>(dim_ * relative_.parts)); }

  const float* angles(int position) const {
    return head_.rotary == nullptr ? nullptr : head_.rotary + static_cast<int64_t>(position) * dim_;
  }

  // Queries as the forward pass had them, rows of grad_out, and their sums with out.
  HWY_NOINLINE void pack_queries() {
    const Full d;
    const float scale = score_scale();
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
    multiply_panels(tile.queries, tile.keys, scratch_.queries + row * width_, scratch_.key_panels, scratch_.weights, kTileStride);
    multiply_panels(tile.queries, tile.keys, scratch_.grad_out + row * width_, scratch_.value_panels, scratch_.grad_scores, kTileStride);
    if (relative_.bias != nullptr) add_biases(tile);
    const PackedRows rows = relative_.disentangled() ? packed_rows(tile) : PackedRows{0, 0};
    if (relative_.disentangled()) add_disentangled_scores(tile, rows);
    for (int r = 0; r < tile.queries; ++r) weigh_row(tile, r);
    add_transposed(tile, scratch_.weights, scratch_.grad_out + row * width_, scratch_.grad_values);
    add_transposed(tile, scratch_.grad_scores, scratch_.queries + row * width_, scratch_.grad_keys);
    add_rows(tile, scratch_.grad_queries + row * width_);
    if (relative_.bias != nullptr) sum_bias_gradients(tile);
    if (relative_.disentangled()) add_disentangled_gradients(tile, rows);
  }

  // c [rows, columns] = rows [rows, dim] times panels of transposed keys, values or rows of a table.
  void multiply_panels(int count, int columns, const float* rows_of, const float* panels, float* c, int64_t c_stride) const {
    for_tiles(count, [&](int first, int rows) HWY_ATTR {
      multiply<2, false>(rows, {rows_of + static_cast<int64_t>(first) * width_, width_, panels, kPanel, dim_,
                                c + static_cast<int64_t>(first) * c_stride, c_stride, (columns + kPanel - 1) / kPanel, kPanel * dim_});
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
    KeptColumns kept(head_.dropout, query, tile.first_key);
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

  // The bias of every distance of the task, in the base of the powers.
  HWY_NOINLINE void pack_biases() {
    const int32_t* rows = relative_.rows + first_distance(head_);
    const int distances = distances_of_task(head_);
    for (int t = 0; t < distances; ++t) scratch_.biases[t] = kLog2E * relative_.bias[rows[t] * relative_.stride];
    std::fill_n(scratch_.grad_biases, distances, 0.0f);
  }

  // Of query r and the tile's first key, from the first distance of the task on.
  int distance_place(const GradientTile& tile, int r) const { return tile.first_key - tile.first_query - r - first_distance(head_); }

  HWY_NOINLINE void add_biases(const GradientTile& tile) {
    const Full d;
    for (int r = 0; r < tile.queries; ++r) {
      const float* biases = scratch_.biases + distance_place(tile, r);
      float* scores = scratch_.weights + static_cast<int64_t>(r) * kTileStride;
      for (int j = 0; j < tile.keys; j += kLanes) hn::StoreU(hn::Add(hn::LoadU(d, scores + j), hn::LoadU(d, biases + j)), d, scores + j);
    }
  }

  HWY_NOINLINE void sum_bias_gradients(const GradientTile& tile) {
    for (int r = 0; r < tile.queries; ++r) {
      float* sums = scratch_.grad_biases + distance_place(tile, r);
      const float* grads = scratch_.grad_scores + static_cast<int64_t>(r) * kTileStride;
      for (int j = 0; j < tile.keys; ++j) sums[j] += grads[j];
    }
  }

  HWY_NOINLINE void add_bias_gradient() {
    const int32_t* rows = relative_.rows + first_distance(head_);
    const int distances = distances_of_task(head_);
    for (int t = 0; t < distances; ++t) task_.grad_relative_bias[rows[t] * task_.grad_relative_stride] += scratch_.grad_biases[t];
  }

  // Rows of K and Q for every distance of the task, as rows and transposed; zeros past the last, to the end of the panel.
  HWY_NOINLINE void pack_relative_tables() {
    const RowRange range = rows_of_task(head_);
    first_row_ = range.first;
    relative_rows_ = range.count();
    if (relative_.keys != nullptr) {
      pack_table(relative_.keys, 1.0f, scratch_.relative_keys, scratch_.relative_key_panels, scratch_.grad_relative_keys);
    }
    if (relative_.queries != nullptr) {
      pack_table(relative_.queries, score_scale(), scratch_.relative_queries, scratch_.relative_query_panels,
                 scratch_.grad_relative_queries);
    }
  }

  void pack_table(const float* table, float scale, float* packed, float* panels, float* grads) const {
    const int padded = round_up(relative_rows_, kPanel);
    for (int r = 0; r < padded; ++r) {
      float* row = packed + static_cast<int64_t>(r) * width_;
      std::fill_n(row, width_, 0.0f);
      if (r < relative_rows_) rotate_row(table + (first_row_ + r) * relative_.stride, nullptr, scale, dim_, row);
    }
    for (int r = 0; r < padded; r += kPanel) {
      transpose_panel(packed + static_cast<int64_t>(r) * width_, width_, dim_, panels + static_cast<int64_t>(r) * dim_);
    }
    std::fill_n(grads, static_cast<int64_t>(padded) * width_, 0.0f);
  }

  // What the packed rows got, to the task's own columns of the table's gradient.
  HWY_NOINLINE void add_table_gradient(const float* grads, float scale, float* table) const {
    for (int r = 0; r < relative_rows_; ++r, grads += width_) {
      float* to = table + (first_row_ + r) * task_.grad_relative_stride;
      for (int i = 0; i < dim_; ++i) to[i] += scale * grads[i];
    }
  }

  // Keys past the last one count, to the end of a vector.
  PackedRows packed_rows(const GradientTile& tile) const {
    const RowRange range = rows_between(relative_, tile.first_query, tile.first_query + tile.queries - 1, tile.first_key,
                                        tile.first_key + round_up(tile.keys, kLanes) - 1);
    const int first = (range.first - first_row_) / kPanel * kPanel;
    return {first, range.last - first_row_ + 1 - first};
  }

  // scores += q_i K[row of i - j] + k_j Q[row of i - j]: all products of the tile with the rows of its distances, of which each score takes
  // its own.
  HWY_NOINLINE void add_disentangled_scores(const GradientTile& tile, const PackedRows& rows) {
    const Full d;
    const hn::RebindToSigned<Full> whole;
    const int64_t panels = static_cast<int64_t>(rows.first) * dim_;
    if (relative_.keys != nullptr) {
      const int64_t row = tile.first_query - head_.first_query;
      multiply_panels(tile.queries, rows.count, scratch_.queries + row * width_, scratch_.relative_key_panels + panels, scratch_.by_query,
                      kRelativeStride);
    }
    if (relative_.queries != nullptr) {
      multiply_panels(tile.keys, rows.count, scratch_.keys, scratch_.relative_query_panels + panels, scratch_.by_key, kRelativeStride);
    }
    const auto before = hn::Set(whole, first_row_ + rows.first);
    for (int r = 0; r < tile.queries; ++r) {
      const int32_t* row_of = relative_.rows + (tile.first_key - tile.first_query - r);
      const float* by_query = scratch_.by_query + static_cast<int64_t>(r) * kRelativeStride;
      float* scores = scratch_.weights + static_cast<int64_t>(r) * kTileStride;
      for (int j = 0; j < tile.keys; j += kLanes) {
        const auto place = hn::Sub(hn::LoadU(whole, row_of + j), before);
        auto score = hn::LoadU(d, scores + j);
        if (relative_.keys != nullptr) score = hn::Add(score, hn::GatherIndex(d, by_query, place));
        if (relative_.queries != nullptr) {
          const auto key = hn::Mul(hn::Iota(whole, j), hn::Set(whole, kRelativeStride));
          score = hn::Add(score, hn::GatherIndex(d, scratch_.by_key, hn::Add(key, place)));
        }
        hn::StoreU(score, d, scores + j);
      }
    }
  }

  // Gradients of scores, summed by query and row, and by key and row, are those of the products with K and Q.
  HWY_NOINLINE void add_disentangled_gradients(const GradientTile& tile, const PackedRows& rows) {
    const int64_t query = tile.first_query - head_.first_query, packed = static_cast<int64_t>(rows.first) * width_;
    if (relative_.keys != nullptr) {
      sum_by_row(tile, rows, scratch_.by_query, kRelativeStride, 0, tile.queries);
      for_tiles(tile.queries, [&](int first, int count) HWY_ATTR {
        multiply_columns<true>(
            count, width_,
            {scratch_.by_query + static_cast<int64_t>(first) * kRelativeStride, kRelativeStride, scratch_.relative_keys + packed, width_,
             rows.count, scratch_.grad_queries + (query + first) * width_, width_});
      });
      add_to_table(rows.count, tile.queries, scratch_.by_query, scratch_.queries + query * width_, scratch_.grad_relative_keys + packed);
    }
    if (relative_.queries != nullptr) {
      sum_by_row(tile, rows, scratch_.by_key, 0, kRelativeStride, tile.keys);
      for_tiles(tile.keys, [&](int first, int count) HWY_ATTR {
        multiply_columns<true>(
            count, width_,
            {scratch_.by_key + static_cast<int64_t>(first) * kRelativeStride, kRelativeStride, scratch_.relative_queries + packed, width_,
             rows.count, scratch_.grad_keys + static_cast<int64_t>(first) * width_, width_});
      });
      add_to_table(rows.count, tile.keys, scratch_.by_key, scratch_.keys, scratch_.grad_relative_queries + packed);
    }
  }

  // sums [`lines`, rows] of the tile's grad_scores: query r and key j add to line r * of_query + j * of_key (both counted in floats).
  void sum_by_row(const GradientTile& tile, const PackedRows& rows, float* sums, int of_query, int of_key, int lines) const {
    for (int i = 0; i < lines; ++i) std::fill_n(sums + static_cast<int64_t>(i) * kRelativeStride, rows.count, 0.0f);
    const int before = first_row_ + rows.first;
    for (int r = 0; r < tile.queries; ++r) {
      const int32_t* row_of = relative_.rows + (tile.first_key - tile.first_query - r);
      const float* grads = scratch_.grad_scores + static_cast<int64_t>(r) * kTileStride;
      float* line = sums + static_cast<int64_t>(r) * of_query;
      for (int j = 0; j < tile.keys; ++j, line += of_key) line[row_of[j] - before] += grads[j];
    }
  }

  // grads [rows, width] += transposed sums [lines, rows] times x [lines, width].
  void add_to_table(int rows, int lines, const float* sums, const float* x, float* grads) const {
    for_tiles(rows, [&](int first, int count) HWY_ATTR {
      multiply_columns<true, true>(count, width_,
                                   {sums + first, kRelativeStride, x, width_, lines, grads + static_cast<int64_t>(first) * width_, width_});
    });
  }

  const BasicHeadAttentionGradient<Value>& task_;
  const BasicHeadAttention<Value>& head_;
  const GradientScratch& scratch_;
  int dim_;
  int width_;  // head_dim in whole vectors
  const HeadRelativeScores& relative_;
  int first_row_ = 0;      // of K and Q, that is packed
  int relative_rows_ = 0;  // that are packed
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
