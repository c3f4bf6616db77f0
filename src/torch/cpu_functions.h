// Autograd functions over the kernels of cpu/: forward and backward of the operations that take a training step's time on a CPU. What
// libtorch would compose gives the same values (torch_ops.cc has that form too, the oracle of these).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "arch/spec.h"
#include "model/ops.h"
#include "text/packed_batch.h"
#include "torch/torch_model.h"

namespace crossrank::cpu_functions {

// In bf16, what only products and attention read (an operand of ops.h) is a tensor of bf16 where the machine multiplies that, and so are
// its gradients, as under PyTorch's autocast: half of what a layer keeps for its backward pass. attention(), activation(), gated() and
// dropout() take both types and give what they take.

/// x [rows, in] W^T + b: [rows, out]. W [out, in]; b [out] or undefined. Products in `precision` (bf16: operands rounded, sums f32); an
/// `operand` is rounded as one.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, TrainPrecision precision, bool operand = false);

/// dropout(softmax(rope(q) rope(k)^T / sqrt(head_dim))) v within each sequence, as EncoderOps::attention says. `dropout` is the probability
/// of a zero; the mask is a function of `seed`, so that nothing of size length x length is kept.
at::Tensor attention(const at::Tensor& q, const at::Tensor& kv, const PackedBatch& batch, const AttentionSpec& spec,
                     const RelativeTables<at::Tensor>& relative, QueryRows rows, double dropout, uint64_t seed);

/// activation(x), and activation(first half of the columns) * second half.
at::Tensor activation(const at::Tensor& x, ActivationKind kind);
at::Tensor gated(const at::Tensor& x, ActivationKind kind);

/// x [rows, columns], each number zero with `probability` and else divided by what is left of it; the mask is a function of `seed`.
at::Tensor dropout(const at::Tensor& x, double probability, uint64_t seed);

/// Layer norm over the columns; bias may be undefined.
at::Tensor norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps);

}  // namespace crossrank::cpu_functions
