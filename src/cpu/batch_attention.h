// batch_attention: attention over a packed batch, forward and backward, for training: a task a head of a sequence, on all threads.
#pragma once

#include <cstdint>
#include <span>

#include "arch/spec.h"
#include "cpu/matrix_view.h"
#include "cpu/relative_scores.h"
#include "text/packed_batch.h"

namespace crossrank {

/// Which mask of dropped weights: a function of `seed` alone.
struct BatchDropout {
  double probability = 0;
  uint64_t seed = 0;
};

/// Value is float or Bf16. Sequence s has the rows [cu_seqlens[s], cu_seqlens[s + 1]) of kv [tokens, 2 * hidden], keys then values, and of
/// q; with QueryRows::kFirst or kLast, q and out have one row a sequence. Strides are in values.
template <typename Value>
struct BatchAttention {
  std::span<const int32_t> cu_seqlens;  // [sequences + 1]
  AttentionSpec spec;
  QueryRows rows = QueryRows::kAll;
  BatchDropout dropout;
  const float* rotary = nullptr;           // rows of RotaryTables for the longest sequence, or null
  RelativeTablePointers relative;          // what spec.relative reads
  const int32_t* relative_rows = nullptr;  // RelativeRows::centre() for the longest sequence
  const Value* q = nullptr;
  const Value* kv = nullptr;
  int64_t q_stride = 0;
  int64_t kv_stride = 0;
  Value* out = nullptr;          // [rows of q, hidden]
  float* log_sum_exp = nullptr;  // [num_heads, rows of q]: written by the forward pass, read by the backward pass
  int64_t queries = 0;           // rows of q
};

template <typename Value>
struct BatchAttentionGradient {
  const Value* grad_out = nullptr;  // [rows of q, hidden]
  Value* grad_q = nullptr;          // [rows of q, hidden]
  Value* grad_kv = nullptr;         // [tokens, 2 * hidden]
  // Of the tables of BatchAttention::relative, in rows of as many numbers as theirs; null where it has none. They must hold zeros.
  float* grad_relative_keys = nullptr;
  float* grad_relative_queries = nullptr;
  float* grad_relative_bias = nullptr;
  int64_t grad_relative_stride = 0;
};

/// Writes out and log_sum_exp. The backward pass shares out heads alone where there are tables, whose gradients sum over all sequences.
/// Each thread keeps its scratch memory, linear in the longest sequence, for its next call. The same bits on any number of threads. Throw
/// std::bad_alloc. Bf16 is rounded once, and f32 between memory and memory; on AVX-512 it needs has_fast_bf16().
void attend_batch(const BatchAttention<float>& attention);
void attend_batch(const BatchAttention<Bf16>& attention);
void attend_batch_backward(const BatchAttention<float>& attention, const BatchAttentionGradient<float>& gradient);
void attend_batch_backward(const BatchAttention<Bf16>& attention, const BatchAttentionGradient<Bf16>& gradient);

}  // namespace crossrank
