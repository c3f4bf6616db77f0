// batch_attention: attention over a packed batch, forward and backward, for training: a task a head of a sequence, on all threads.
#pragma once

#include <cstdint>
#include <span>

#include "arch/spec.h"
#include "text/packed_batch.h"

namespace crossrank {

/// Which mask of dropped weights: a function of `seed` alone.
struct BatchDropout {
  double probability = 0;
  uint64_t seed = 0;
};

/// Sequence s has the rows [cu_seqlens[s], cu_seqlens[s + 1]) of kv [tokens, 2 * hidden], keys then values, and of q; with
/// QueryRows::kFirst or kLast, q and out have one row a sequence. Strides are in floats.
struct BatchAttention {
  std::span<const int32_t> cu_seqlens;  // [sequences + 1]
  AttentionSpec spec;
  QueryRows rows = QueryRows::kAll;
  BatchDropout dropout;
  const float* rotary = nullptr;  // rows of RotaryTables for the longest sequence, or null
  const float* q = nullptr;
  const float* kv = nullptr;
  int64_t q_stride = 0;
  int64_t kv_stride = 0;
  float* out = nullptr;          // [rows of q, hidden]
  float* log_sum_exp = nullptr;  // [num_heads, rows of q]: written by the forward pass, read by the backward pass
  int64_t queries = 0;           // rows of q
};

struct BatchAttentionGradient {
  const float* grad_out = nullptr;  // [rows of q, hidden]
  float* grad_q = nullptr;          // [rows of q, hidden]
  float* grad_kv = nullptr;         // [tokens, 2 * hidden]
};

/// Writes out and log_sum_exp. Each thread keeps its scratch memory, linear in the longest sequence, for its next call. The same bits on
/// any number of threads. Throw std::bad_alloc.
void attend_batch(const BatchAttention& attention);
void attend_batch_backward(const BatchAttention& attention, const BatchAttentionGradient& gradient);

}  // namespace crossrank
