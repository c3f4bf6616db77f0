// Attention over packed sequences, composed from libtorch's operations: sequence by sequence, or padded into one product.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/ops.h"
#include "torch/batch_tensors.h"

namespace crossrank {

/// The arguments of EncoderOps::attention. q [tokens, hidden], or [sequences, hidden] of one row each; kv [tokens, 2 * hidden].
struct AttentionInput {
  const at::Tensor& q;
  const at::Tensor& kv;
  const BatchTensors& batch;
  const AttentionSpec& spec;
  const RelativeTables<at::Tensor>& relative;
  QueryRows rows;
  double dropout = 0;  // of the probabilities
};

/// A loop over the sequences: no padding, which is what a CPU wants.
at::Tensor looped_attention(const AttentionInput& input);

/// Sequences padded to the longest by index, with masks: few operations, which is what a GPU wants.
at::Tensor padded_attention(const AttentionInput& input);

}  // namespace crossrank
