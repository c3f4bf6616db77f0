// attention_plan: block sizes of attention.cc and where its packed operands lie, the same for every instruction set.
#pragma once

#include <algorithm>
#include <cstddef>

#include "cpu/attention.h"

namespace crossrank {

// Widths that do for every instruction set: 16 lanes at most, panels of two vectors.
inline constexpr int kMaxLanes = 16;
inline constexpr int kMaxPanel = 2 * kMaxLanes;
// Keys at a time: keys and values of 512 x 64 floats stay in the second-level cache while a block of queries passes over them.
inline constexpr int kKeyBlock = 512;
// Rows of scores are a cache line apart beyond this, so that they do not share cache sets.
inline constexpr int64_t kScoreStride = kKeyBlock + kMaxPanel + kMaxLanes;
inline constexpr int kMaxTileRows = 12;

constexpr int round_up(int n, int unit) { return (n + unit - 1) / unit * unit; }

struct KeyRange {
  int first;
  int last;
};

// Keys that the queries [first, first + count) see.
inline KeyRange keys_seen(const AttentionTask& task, int first, int count) {
  if (task.window <= 0) return {0, task.length};
  return {std::max(0, first - task.window), std::min(task.length, first + count + task.window)};
}

// Gives out places in memory from `base` on, each a multiple of kMaxLanes floats; base null: only counts.
class ScratchLayout {
 public:
  explicit ScratchLayout(float* base) : base_(base) {}

  float* take(size_t floats) {
    float* part = base_ == nullptr ? nullptr : base_ + used_;
    used_ += (floats + kMaxLanes - 1) / kMaxLanes * kMaxLanes;
    return part;
  }
  size_t used() const { return used_; }

 private:
  float* base_;
  size_t used_ = 0;
};

// Where the packed operands lie.
struct AttentionScratch {
  float* keys;     // panels [head_dim, panel]
  float* values;   // [keys, padded head_dim]
  float* queries;  // [kQueryBlock, head_dim], scaled and rotated
  float* out;      // [kQueryBlock, padded head_dim], sums not yet divided
  float* scores;   // [kMaxTileRows, kScoreStride]
  float* maxima;   // [kQueryBlock]
  float* sums;     // [kQueryBlock]
  float* rows;     // [kMaxPanel, padded head_dim]: keys rotated, not yet transposed
  // Of whole numbers alone, attention_quads-inl.h says what they are.
  float* key_mean;        // [padded head_dim], of long tasks
  float* key_scales;      // [keys]
  float* value_logs;      // [keys]
  float* value_inverses;  // [keys]
  float* query_scales;    // [kQueryBlock]
  int32_t* query_starts;  // [kQueryBlock]
  float* biases;          // with a bias of distance alone: by key - query from first_distance on, as scores are scaled
  // With disentangled scores alone.
  float* relative_keys;  // panels [head_dim, panel] of K's rows
  float* by_row;         // [kMaxTileRows, by_row_stride]: a tile's queries times K, by row of K
  float* panel_by_row;   // [rows, kMaxPanel]: a panel's keys times Q, by row of Q
  float* by_key;         // [kQueryBlock, kScoreStride]: the same, by query and key
  int64_t by_row_stride;
};

/// Rows of K and Q, first and last, for queries [first, last] and keys [first_key, last_key].
struct RowRange {
  int first;
  int last;
  int count() const { return last - first + 1; }
};
inline RowRange rows_between(const HeadRelativeScores& relative, int first_query, int last_query, int first_key, int last_key) {
  return {relative.rows[last_key - first_query], relative.rows[first_key - last_query]};
}

/// Those that the whole task reads, keys past the last one of a panel included.
inline RowRange rows_of_task(const AttentionTask& task) {
  return rows_between(task.relative, task.first_query, task.first_query + task.queries - 1, 0, task.length - 1 + kMaxPanel);
}

/// The distance of the first key from the task's last query.
inline int first_distance(const AttentionTask& task) { return 1 - task.first_query - task.queries; }

/// Distances from there to the last key of a panel past the last one.
inline int distances_of_task(const AttentionTask& task) { return task.queries + task.length + kMaxPanel; }

// Fills `scratch` with places from `base` on (which may be null) and returns the floats that they take.
inline size_t lay_out(const AttentionTask& task, float* base, AttentionScratch& scratch) {
  const KeyRange seen = keys_seen(task, task.first_query, task.queries);
  const auto keys = static_cast<size_t>(round_up(seen.last - seen.first, kMaxPanel) + 2 * kMaxPanel);
  const auto width = static_cast<size_t>(round_up(task.head_dim, kMaxLanes));
  ScratchLayout layout(base);
  scratch.keys = layout.take(keys * width);
  scratch.values = layout.take(keys * width);
  scratch.queries = layout.take(kQueryBlock * width);
  scratch.out = layout.take(kQueryBlock * width);
  scratch.scores = layout.take(static_cast<size_t>(kMaxTileRows * kScoreStride));
  scratch.maxima = layout.take(kQueryBlock);
  scratch.sums = layout.take(kQueryBlock);
  scratch.rows = layout.take(kMaxPanel * width);
  if (task.precision == ProductPrecision::kInt8) {
    scratch.key_mean = layout.take(width);
    for (float** of_keys : {&scratch.key_scales, &scratch.value_logs, &scratch.value_inverses}) *of_keys = layout.take(keys);
    scratch.query_scales = layout.take(kQueryBlock);
    scratch.query_starts = reinterpret_cast<int32_t*>(layout.take(kQueryBlock));
  }
  if (task.relative.bias != nullptr) scratch.biases = layout.take(static_cast<size_t>(distances_of_task(task)));
  if (task.relative.disentangled()) {
    const auto rows = static_cast<size_t>(rows_of_task(task).count() + 2 * kMaxPanel);
    scratch.by_row_stride = std::min(static_cast<int64_t>(rows), 2 * kScoreStride) + kMaxLanes;
    scratch.relative_keys = layout.take(rows * width);
    scratch.by_row = layout.take(static_cast<size_t>(kMaxTileRows) * static_cast<size_t>(scratch.by_row_stride));
    scratch.panel_by_row = layout.take((kQueryBlock + 2 * kMaxPanel) * static_cast<size_t>(kMaxPanel));
    scratch.by_key = layout.take(static_cast<size_t>(kQueryBlock * kScoreStride));
  }
  return layout.used();
}

}  // namespace crossrank
