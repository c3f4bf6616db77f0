// attention_gradient: the backward pass of attention.h for one head of one sequence.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/attention.h"

namespace crossrank {

/// Value is float or Bf16. Pointers are to the head's own columns; strides are in values.
template <typename Value>
struct BasicHeadAttentionGradient {
  BasicHeadAttention<Value> forward;  // as attend() ran it, in f32 between memory and memory: q, k, v, out, log_sum_exp, dropout
  const Value* grad_out = nullptr;    // row of position first_query
  Value* grad_q = nullptr;            // row of position first_query; `queries` rows are written
  Value* grad_k = nullptr;            // row of position 0; `length` rows are written
  Value* grad_v = nullptr;
  // Of the tables of forward.relative, null where it has none: sums over all sequences, so this one's part is added. Strides are in floats.
  float* grad_relative_keys = nullptr;
  float* grad_relative_queries = nullptr;
  float* grad_relative_bias = nullptr;
  int64_t grad_relative_stride = 0;
  int64_t grad_out_stride = 0;
  int64_t grad_q_stride = 0;
  int64_t grad_kv_stride = 0;
};

using HeadAttentionGradient = BasicHeadAttentionGradient<float>;
using Bf16HeadAttentionGradient = BasicHeadAttentionGradient<Bf16>;

/// Floats of scratch memory that `attend_backward` needs: linear in the number of queries, and in the rows of relative tables that the
/// sequence reads.
size_t attention_gradient_scratch_floats(const AttentionTask& forward) noexcept;

/// Computes the gradients of q, k and v, and of what scores of distance read. Scores are computed again in tiles (Dao et al. 2022); time is
/// linear in length where window > 0. `scratch` is aligned to 64 bytes. Gradients in bf16 are rounded once, and f32 until then; on AVX-512
/// that needs has_fast_bf16().
void attend_backward(const HeadAttentionGradient& task, float* scratch) noexcept;
void attend_backward(const Bf16HeadAttentionGradient& task, float* scratch) noexcept;

}  // namespace crossrank
