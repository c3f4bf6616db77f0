// attention: softmax(rope(q) rope(k)^T / sqrt(d)) v of one head of one sequence, for some of its queries; with scores of distance
// where they are asked for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cpu/dropout_mask.h"
#include "cpu/matrix_view.h"
#include "cpu/product_precision.h"
#include "cpu/relative_scores.h"

namespace crossrank {

/// What is computed, but for where it lies.
struct AttentionTask {
  int head_dim = 0;
  int window = 0;  // tokens seen on each side; 0: all
  int length = 0;  // of the sequence
  int first_query = 0;
  int queries = 0;
  const float* rotary = nullptr;  // rows of RotaryTables, or null
  HeadRelativeScores relative;    // without a window
  // What operands of products are rounded to; scores, softmax and sums are f32 all the same. kBf16: on AVX-512 by AVX512_BF16, which the
  // machine must have (has_fast_bf16()). kInt8: queries, keys and values to 127 steps of each sign, a scale a row; weights to 255 steps of
  // the largest among those of a block of keys, each times its value's scale. Neither with disentangled scores, nor in training, nor
  // without vectors.
  ProductPrecision precision = ProductPrecision::kF32;
  // For training: what the backward pass needs of each query, log2 of the sum of 2^(score * log2(e)), or null; and dropped weights.
  float* log_sum_exp = nullptr;
  DropoutMask dropout;
};

/// Most keys that one query sees.
inline int keys_seen_by_one(const AttentionTask& task) {
  return task.window > 0 ? std::min(task.length, 2 * task.window + 1) : task.length;
}

/// Whether the task is of a long document that every query sees whole: in kInt8 its keys are rounded less their mean, which adds the same
/// to all scores of a query and so changes no weight, and takes off what all keys share (as SageAttention does).
inline bool is_long(const AttentionTask& task) { return task.window <= 0 && task.length >= 1024; }

/// Value is float or Bf16. Pointers are to the head's own columns; strides are in values.
template <typename Value>
struct BasicHeadAttention : AttentionTask {
  const Value* q = nullptr;  // row of position first_query
  const Value* k = nullptr;  // row of position 0
  const Value* v = nullptr;
  Value* out = nullptr;  // row of position first_query
  int64_t q_stride = 0;
  int64_t kv_stride = 0;
  int64_t out_stride = 0;
};

using HeadAttention = BasicHeadAttention<float>;
using Bf16HeadAttention = BasicHeadAttention<Bf16>;

/// Queries are worked on in blocks of this many from position 0. A task that starts at a multiple of it gives the same bits as the
/// whole sequence at once.
inline constexpr int kQueryBlock = 192;

/// Floats of scratch memory that `attend` needs: keys and values of what the queries see, and one block of queries; with relative scores
/// also the rows of K, or the biases, for the distances of the whole sequence.
size_t attention_scratch_floats(const AttentionTask& task) noexcept;

/// Computes task.queries rows of `out`. `scratch` is aligned to 64 bytes. Time and memory are linear in length where window > 0. What is
/// bf16 in memory is rounded there once, and f32 in between; it too needs has_fast_bf16() on AVX-512.
void attend(const HeadAttention& task, float* scratch) noexcept;
void attend(const Bf16HeadAttention& task, float* scratch) noexcept;

}  // namespace crossrank
