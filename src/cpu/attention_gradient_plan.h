// attention_gradient_plan: block sizes of attention_gradient.cc and where its operands lie, the same for every instruction set.
#pragma once

#include "cpu/attention_gradient.h"
#include "cpu/attention_plan.h"

namespace crossrank {

// A tile's weights and their gradients, 2 * 96 * 144 floats, and the packed keys and values stay in the second-level cache. Multiples of
// every tile's rows and of every panel.
inline constexpr int kGradientQueries = 96;
inline constexpr int kGradientKeys = 128;
// A cache line beyond the keys, so that the rows of a column do not share cache sets.
inline constexpr int kTileStride = kGradientKeys + kMaxLanes;
// Rows of a relative table that a tile reads, from the beginning of a panel on: one for each of its distances at most.
inline constexpr int kTileRelativeRows = round_up(kGradientQueries + kGradientKeys + kMaxLanes, kMaxPanel) + kMaxPanel;
inline constexpr int kRelativeStride = kTileRelativeRows + kMaxLanes;

struct GradientScratch {
  float* queries;       // [queries, width], scaled and rotated
  float* grad_out;      // [queries, width]
  float* grad_queries;  // [queries, width]
  float* row_sums;      // [queries]: grad_out times out
  float* keys;          // [kGradientKeys, width], rotated
  float* values;
  float* key_panels;  // panels [head_dim, panel]
  float* value_panels;
  float* grad_keys;  // [kGradientKeys, width]
  float* grad_values;
  float* weights;  // [kGradientQueries, kTileStride]
  float* grad_scores;
  float* biases;       // with a bias of distance alone: by key - query from first_distance on, as scores are scaled
  float* grad_biases;  // the same, of scores
  // With disentangled scores alone: the rows of K and Q that the task reads, Q's scaled as queries are.
  float* relative_keys;  // [rows, width]
  float* relative_queries;
  float* relative_key_panels;  // panels [head_dim, panel]
  float* relative_query_panels;
  float* grad_relative_keys;  // [rows, width]
  float* grad_relative_queries;
  float* by_query;  // [kGradientQueries, kRelativeStride]: a tile's queries times K, by row of K; then gradients of those
  float* by_key;    // [kGradientKeys, kRelativeStride]: its keys times Q
};

// Fills `scratch` with places from `base` on (which may be null) and returns the floats that they take.
inline size_t lay_out(const AttentionTask& forward, float* base, GradientScratch& scratch) {
  const auto width = static_cast<size_t>(round_up(forward.head_dim, kMaxLanes));
  const auto queries = static_cast<size_t>(forward.queries);
  const size_t keys = kGradientKeys * width, tile = static_cast<size_t>(kGradientQueries) * kTileStride;
  ScratchLayout layout(base);
  for (float** part : {&scratch.queries, &scratch.grad_out, &scratch.grad_queries}) *part = layout.take(queries * width);
  scratch.row_sums = layout.take(queries);
  for (float** part :
       {&scratch.keys, &scratch.values, &scratch.key_panels, &scratch.value_panels, &scratch.grad_keys, &scratch.grad_values}) {
    *part = layout.take(keys);
  }
  for (float** part : {&scratch.weights, &scratch.grad_scores}) *part = layout.take(tile);
  if (forward.relative.bias != nullptr) {
    for (float** part : {&scratch.biases, &scratch.grad_biases}) *part = layout.take(static_cast<size_t>(distances_of_task(forward)));
  }
  if (forward.relative.disentangled()) {
    const auto rows = static_cast<size_t>(round_up(rows_of_task(forward).count(), kMaxPanel));
    for (float** part : {&scratch.relative_keys, &scratch.relative_queries, &scratch.relative_key_panels, &scratch.relative_query_panels,
                         &scratch.grad_relative_keys, &scratch.grad_relative_queries}) {
      *part = layout.take(rows * width);
    }
    scratch.by_query = layout.take(static_cast<size_t>(kGradientQueries) * kRelativeStride);
    scratch.by_key = layout.take(static_cast<size_t>(kGradientKeys) * kRelativeStride);
  }
  return layout.used();
}

}  // namespace crossrank
