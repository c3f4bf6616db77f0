// attention_gradient: the backward pass of attention.h for one head of one sequence.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/attention.h"

namespace crossrank {

/// Pointers are to the head's own columns; strides are in floats.
struct HeadAttentionGradient {
  HeadAttention forward;            // as attend() ran it: q, k, v, out, log_sum_exp, dropout
  const float* grad_out = nullptr;  // row of position first_query
  float* grad_q = nullptr;          // row of position first_query; `queries` rows are written
  float* grad_k = nullptr;          // row of position 0; `length` rows are written
  float* grad_v = nullptr;
  int64_t grad_out_stride = 0;
  int64_t grad_q_stride = 0;
  int64_t grad_kv_stride = 0;
};

/// Floats of scratch memory that `attend_backward` needs: linear in the number of queries.
size_t attention_gradient_scratch_floats(const HeadAttentionGradient& task) noexcept;

/// Computes the gradients of q, k and v. Scores are computed again in tiles (Dao et al. 2022); time is linear in length where
/// window > 0. `scratch` is aligned to 64 bytes.
void attend_backward(const HeadAttentionGradient& task, float* scratch) noexcept;

}  // namespace crossrank
