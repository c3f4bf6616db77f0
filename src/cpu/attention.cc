// Rows of scores for blocks of keys; softmax across blocks by running maximum and sum (Milakov & Gimelshein 2018).
#include "cpu/attention.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/attention.cc"
// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <algorithm>
#include <cmath>

#include "cpu/attention_packing-inl.h"
#include "cpu/attention_plan.h"
#include "cpu/attention_quads-inl.h"
#include "cpu/attention_softmax-inl.h"
#include "cpu/attention_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace {

// Some queries of one block, against some keys: positions [begin, end), begin a multiple of kLanes from the first packed key.
struct Tile {
  int query;  // position
  int rows;
  int index;  // of its first row in the block
  int begin;
  int end;
  bool first;  // of the key blocks that it sees
};

template <class Kind, typename Value>
class Block {
  using Rows = hn::RebindToSigned<Full>;

 public:
  Block(const BasicHeadAttention<Value>& task, const AttentionScratch& scratch, int packed_first)
      : task_(task),
        scratch_(scratch),
        packed_first_(packed_first),
        width_(round_up(task.head_dim, kLanes)),
        depth_(slots_of<Kind>(task.head_dim)) {}

  // Queries at positions [first, first + count), count <= kQueryBlock.
  void attend(int first, int count) {
    pack_queries(first, count);
    const KeyRange seen = keys_seen(task_, first, count);
    const int begin = align(seen.first);
    const int span = seen.last - begin;
    const int blocks = (span + kKeyBlock - 1) / kKeyBlock;
    const int step = round_up((span + blocks - 1) / blocks, kLanes);
    for (int key = begin; key < seen.last; key += step) attend_keys(first, count, key, std::min(key + step, seen.last));
    write(first, count);
  }

 private:
  int align(int position) const { return packed_first_ + (position - packed_first_) / kLanes * kLanes; }

  float score_scale() const { return kLog2E / std::sqrt(static_cast<float>(task_.head_dim * task_.relative.parts)); }

  HWY_NOINLINE void pack_queries(int first, int count) {
    const float scale = score_scale();
    for (int i = 0; i < count; ++i) {
      const int64_t position = first + i;
      const float* angles = task_.rotary == nullptr ? nullptr : task_.rotary + position * task_.head_dim;
      float* row = scratch_.queries + static_cast<int64_t>(i) * task_.head_dim;
      const Value* query = task_.q + (position - task_.first_query) * task_.q_stride;
      if constexpr (Kind::kWhole) {
        rotate_row(query, angles, scale, task_.head_dim, row);
        scratch_.query_scales[i] = magnitude_of(row, task_.head_dim);
      } else {
        rotate_to_slots<typename Kind::Scores>(query, angles, scale, task_.head_dim, row);
      }
    }
    if constexpr (Kind::kWhole) {
      float inverses[kQueryBlock];
      scales_of_magnitudes(scratch_.query_scales, inverses, count, kSmallestScale);
      for (int i = 0; i < count; ++i) {
        float* row = scratch_.queries + static_cast<int64_t>(i) * task_.head_dim;
        round_to_slots(row, task_.head_dim, inverses[i], 0);
        scratch_.query_starts[i] = -kKeyOffset * sum_of_slots(row, task_.head_dim);
      }
    }
  }

  // All tiles of the block against the keys [key, key_end).
  void attend_keys(int first, int count, int key, int key_end) {
    if (task_.relative.queries != nullptr) position_to_content(first, count, key, key_end);
    for_tiles(count, [&](int index, int rows) HWY_ATTR {
      const KeyRange seen = keys_seen(task_, first + index, rows);
      const int begin = std::max(key, align(seen.first));
      const int end = std::min(key_end, seen.last);
      if (begin < end) attend_tile({first + index, rows, index, begin, end, begin == align(seen.first)});
    });
  }

  void attend_tile(const Tile& tile) {
    const int padded = round_up(tile.end - tile.begin, kLanes);
    if (task_.relative.disentangled()) disentangled_scores(tile, padded);
    if (task_.relative.bias != nullptr) copy_biases(tile, padded);
    task_.relative.any() ? multiply_keys<true>(tile, padded) : multiply_keys<false>(tile, padded);
    const float* values = scratch_.values + static_cast<int64_t>((tile.begin - packed_first_) / Kind::kPerSlot) * width_;
    float* out = scratch_.out + static_cast<int64_t>(tile.index) * width_;
    Product product = {scratch_.scores, kScoreStride, values, width_, slots_of<Kind>(tile.end - tile.begin), out, width_};
    float shrink[kTileRows], scales[kTileRows];
    if constexpr (Kind::kWhole) {
      softmax_of_whole(tile, padded, shrink, scales);
      product.row_shrink = shrink;
      product.row_scales = scales;
    } else {
      softmax(tile, padded, shrink);
    }
    tile.first ? multiply_columns<false, false, typename Kind::Weights>(tile.rows, width_, product)
               : multiply_columns<true, false, typename Kind::Weights>(tile.rows, width_, product);
  }

  // by_key [count, keys] = k_j Q[row of i - j], scaled, for a block of queries and keys [key, key_end). A panel of keys is multiplied with
  // the rows of Q that lie between it and the queries; what a query needs of that lies on a diagonal.
  HWY_NOINLINE void position_to_content(int first, int count, int key, int key_end) {
    const Full d;
    const Rows whole;
    const HeadRelativeScores& relative = task_.relative;
    const auto scale = hn::Set(d, score_scale());
    const int end = key + round_up(key_end - key, kLanes);
    for (int panel = key / kPanel * kPanel; panel < end; panel += kPanel) {
      const RowRange range = rows_between(relative, first, first + count - 1, panel, panel + kPanel - 1);
      for_tiles(range.count(), [&](int index, int rows) HWY_ATTR {
        const Product product = {relative.queries + (range.first + index) * relative.stride,
                                 relative.stride,
                                 scratch_.keys + static_cast<int64_t>(panel - packed_first_) * task_.head_dim,
                                 kPanel,
                                 task_.head_dim,
                                 scratch_.panel_by_row + static_cast<int64_t>(index) * kPanel,
                                 kPanel};
        multiply<2, false>(rows, product);
      });
      for (int lane = 0; lane < kPanel; lane += kLanes) {
        if (panel + lane < key || panel + lane >= end) continue;
        const auto places = hn::Sub(hn::Iota(whole, lane), hn::Set(whole, range.first * kPanel));
        const int32_t* rows = relative.rows + (panel + lane - first);
        float* to = scratch_.by_key + (panel + lane - key);
        for (int i = 0; i < count; ++i, --rows, to += kScoreStride) {
          const auto place = hn::Add(hn::ShiftLeft<kPanelBits>(hn::LoadU(whole, rows)), places);
          hn::StoreU(hn::Mul(hn::GatherIndex(d, scratch_.panel_by_row, place), scale), d, to);
        }
      }
    }
  }

  // scores [rows, padded] = q_i K[row of i - j] + by_key: a tile's queries are multiplied with all rows of K between it and the keys, then
  // each score takes its own.
  HWY_NOINLINE void disentangled_scores(const Tile& tile, int padded) {
    const Full d;
    const Rows whole;
    const HeadRelativeScores& relative = task_.relative;
    int first_row = 0;
    if (relative.keys != nullptr) {
      const int packed_row = rows_of_task(task_).first;
      const RowRange range = rows_between(relative, tile.query, tile.query + tile.rows - 1, tile.begin, tile.begin + padded - 1);
      const int begin = (range.first - packed_row) / kPanel * kPanel, end = range.last - packed_row + 1;
      first_row = packed_row + begin;
      const int64_t panel = kPanel * task_.head_dim;
      const Product product = {scratch_.queries + static_cast<int64_t>(tile.index) * task_.head_dim,
                               task_.head_dim,
                               scratch_.relative_keys + begin / kPanel * panel,
                               kPanel,
                               task_.head_dim,
                               scratch_.by_row,
                               scratch_.by_row_stride,
                               (end - begin + kPanel - 1) / kPanel,
                               panel};
      multiply<2, false>(tile.rows, product);
    }
    const auto before = hn::Set(whole, first_row);
    for (int r = 0; r < tile.rows; ++r) {
      const int32_t* rows = relative.rows + (tile.begin - tile.query - r);
      const float* by_row = scratch_.by_row + r * scratch_.by_row_stride;
      const float* by_key = scratch_.by_key + (tile.index + r) * kScoreStride;
      float* scores = scratch_.scores + r * kScoreStride;
      for (int j = 0; j < padded; j += kLanes) {
        auto score = hn::Zero(d);
        if (relative.keys != nullptr) score = hn::GatherIndex(d, by_row, hn::Sub(hn::LoadU(whole, rows + j), before));
        if (relative.queries != nullptr) score = hn::Add(score, hn::LoadU(d, by_key + j));
        hn::StoreU(score, d, scores + j);
      }
    }
  }

  // scores [rows, padded] = the bias of each query's distance from each key.
  void copy_biases(const Tile& tile, int padded) const {
    const Full d;
    for (int r = 0; r < tile.rows; ++r) {
      const float* biases = scratch_.biases + (tile.begin - tile.query - r - first_distance(task_));
      float* scores = scratch_.scores + r * kScoreStride;
      for (int j = 0; j < padded; j += kLanes) hn::StoreU(hn::LoadU(d, biases + j), d, scores + j);
    }
  }

  // scores [rows, padded] = queries times keys, or are added to. Where the range begins or ends within a panel, half of it is enough.
  template <bool kAccumulate>
  HWY_INLINE void multiply_keys(const Tile& tile, int padded) {
    const int64_t panel = int64_t{kPanel} * depth_;
    const int first = tile.begin - packed_first_, last = first + padded;
    Product product = {scratch_.queries + static_cast<int64_t>(tile.index) * task_.head_dim,
                       task_.head_dim,
                       nullptr,
                       kPanel,
                       depth_,
                       scratch_.scores,
                       kScoreStride,
                       1,
                       panel};
    if constexpr (Kind::kWhole) {
      product.row_starts = scratch_.query_starts + tile.index;
      product.row_scales = scratch_.query_scales + tile.index;
    }
    const auto begin_at = [&](int key) HWY_ATTR {
      product.b = scratch_.keys + key / kPanel * panel + key % kPanel;
      if constexpr (Kind::kWhole) {
        product.column_scales = scratch_.key_scales + key;
        product.column_logs = scratch_.value_logs + key;
      }
    };
    const auto multiply_half = [&](int key) HWY_ATTR {
      begin_at(key);
      multiply<1, kAccumulate, false, typename Kind::Scores>(tile.rows, product);
      product.c += kLanes;
    };
    if (first % kPanel != 0) multiply_half(first);
    begin_at(round_up(first, kPanel));
    product.panels = last / kPanel - round_up(first, kPanel) / kPanel;
    multiply<2, kAccumulate, false, typename Kind::Scores>(tile.rows, product);
    if (last % kPanel == 0) return;
    product.c += int64_t{product.panels} * kPanel;
    product.panels = 1;
    multiply_half(last / kPanel * kPanel);
  }

  // Scores become weights; what was summed before is scaled down where the maximum has grown. All maxima before all powers: the rows do
  // not wait for one another. shrink [kTileRows]: by how much.
  void softmax(const Tile& tile, int padded, float* shrink) {
    for (int r = 0; r < tile.rows; ++r) {
      float* scores = scratch_.scores + r * kScoreStride;
      mask_row(keys_seen(task_, tile.query + r, 1), tile.begin, padded, scores);
      float& maximum = scratch_.maxima[tile.index + r];
      const float before = tile.first ? kMasked : maximum;
      maximum = largest(scores, padded, before);
      shrink[r] = tile.first ? 0.0f : exp2_of_one(before - maximum);
    }
    for (int r = 0; r < tile.rows; ++r) {
      const int index = tile.index + r;
      const float added = exponentials<typename Kind::Weights>(scratch_.scores + r * kScoreStride, padded, scratch_.maxima[index]);
      float& sum = scratch_.sums[index];
      sum = tile.first ? added : sum * shrink[r] + added;
      // After the sum: a dropped weight counts there, and gives nothing to `out`.
      if (task_.dropout.threshold != 0) drop_row(task_.dropout, tile.query + r, tile.begin, padded, scratch_.scores + r * kScoreStride);
      if (!tile.first && shrink[r] != 1.0f) scale_row(scratch_.out + static_cast<int64_t>(index) * width_, shrink[r]);
    }
  }

  // The same for whole numbers: weights are rounded beside the largest of these keys' own, whatever the maximum of all. `scales`: of the
  // sums of rounded weights times rounded values; those before are scaled down where these are added.
  void softmax_of_whole(const Tile& tile, int padded, float* shrink, float* scales) {
    float highest[kTileRows];
    for (int r = 0; r < tile.rows; ++r) {
      float* scores = scratch_.scores + r * kScoreStride;
      mask_row(keys_seen(task_, tile.query + r, 1), tile.begin, padded, scores);
      float& maximum = scratch_.maxima[tile.index + r];
      const float before = tile.first ? kMasked : maximum;
      highest[r] = largest(scores, padded, kMasked);
      maximum = std::max(before, highest[r]);
      shrink[r] = tile.first ? 0.0f : exp2_of_one(before - maximum);
      scales[r] = exp2_of_one(highest[r] - maximum) * (1.0f / kWeightSteps);
    }
    const float* inverses = scratch_.value_inverses + (tile.begin - packed_first_);
    for (int r = 0; r < tile.rows; ++r) {
      const float added = scales[r] * quad_exponentials(scratch_.scores + r * kScoreStride, inverses, padded, highest[r]);
      float& sum = scratch_.sums[tile.index + r];
      sum = tile.first ? added : sum * shrink[r] + added;
    }
  }

  void scale_row(float* row, float factor) const {
    const Full d;
    for (int i = 0; i < width_; i += kLanes) hn::StoreU(hn::Mul(hn::LoadU(d, row + i), hn::Set(d, factor)), d, row + i);
  }

  HWY_NOINLINE void write(int first, int count) {
    const Full d;
    for (int r = 0; r < count; ++r) {
      const float* from = scratch_.out + static_cast<int64_t>(r) * width_;
      Value* to = task_.out + (first - task_.first_query + r) * task_.out_stride;
      const float inverse = task_.dropout.scale / scratch_.sums[r];
      if (task_.log_sum_exp != nullptr) task_.log_sum_exp[first - task_.first_query + r] = scratch_.maxima[r] + std::log2(scratch_.sums[r]);
      int i = 0;
      for (; i + kLanes <= task_.head_dim; i += kLanes) store_values(hn::Mul(hn::LoadU(d, from + i), hn::Set(d, inverse)), d, to + i);
      const One one;
      for (; i < task_.head_dim; ++i) store_values(hn::Set(one, from[i] * inverse), one, to + i);
    }
  }

  const BasicHeadAttention<Value>& task_;
  const AttentionScratch& scratch_;
  int packed_first_;
  int width_;  // head_dim in whole vectors
  int depth_;  // head_dim in slots
};

template <class Kind, typename Value>
HWY_INLINE void attend_with(const BasicHeadAttention<Value>& task, float* memory) {
  AttentionScratch scratch;
  lay_out(task, memory, scratch);
  const KeyRange seen = keys_seen(task, task.first_query, task.queries);
  // Panels begin at multiples of kPanel from position 0, wherever the task begins, so that every task forms the same sums.
  const int first = seen.first / kPanel * kPanel;
  if constexpr (Kind::kWhole) {
    if (is_long(task)) find_key_mean(task, scratch);
  }
  if (task.relative.keys != nullptr) pack_relative_keys(task, scratch);
  if (task.relative.bias != nullptr) pack_biases(task, scratch);
  Block<Kind, Value> block(task, scratch, first);
  const int last = task.first_query + task.queries;
  int packed = first;
  for (int query = task.first_query; query < last; query += kQueryBlock) {
    const int count = std::min(kQueryBlock, last - query);
    // Shortly before they are read. Whole panels, as far as there are keys.
    const int needed = std::min(seen.last, round_up(keys_seen(task, query, count).last - first, kPanel) + first);
    if (packed < needed) {
      pack_keys<Kind>(task, {first, packed, needed}, scratch);
      pack_values<Kind>(task, {first, packed, needed}, scratch);
      packed = needed;
    }
    block.attend(query, count);
  }
}

template <typename Value>
HWY_INLINE void attend_to(const BasicHeadAttention<Value>& task, float* memory) {
#if HWY_TARGET != HWY_SCALAR
  if (task.precision == ProductPrecision::kBf16) return attend_with<Alike<Bf16Pairs>>(task, memory);
  if (task.precision == ProductPrecision::kInt8) {
    return has_quad_instructions() ? attend_with<Whole<VnniQuads>>(task, memory) : attend_with<Whole<Quads>>(task, memory);
  }
#endif
  attend_with<Alike<Floats>>(task, memory);
}

void Attend(const HeadAttention& task, float* memory) { attend_to(task, memory); }
void AttendBf16(const Bf16HeadAttention& task, float* memory) { attend_to(task, memory); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossrank {

HWY_EXPORT(Attend);
HWY_EXPORT(AttendBf16);

size_t attention_scratch_floats(const AttentionTask& task) noexcept {
  AttentionScratch scratch;
  return lay_out(task, nullptr, scratch);
}

void attend(const HeadAttention& task, float* scratch) noexcept { HWY_DYNAMIC_DISPATCH(Attend)(task, scratch); }
void attend(const Bf16HeadAttention& task, float* scratch) noexcept { HWY_DYNAMIC_DISPATCH(AttendBf16)(task, scratch); }

}  // namespace crossrank
#endif  // HWY_ONCE
