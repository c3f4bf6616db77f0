// activation: element-wise functions after a matrix product, with its bias, and with the gate of gated MLPs.
#pragma once

#include "arch/spec.h"
#include "cpu/matrix_view.h"

namespace crossrank {

/// x = activation(x + bias), in place; bias [columns] may be null.
void activate_rows(ActivationKind kind, const float* bias, MatrixView x) noexcept;

/// out [rows, n] = activation(first half + bias) * (second half + bias) of x [rows, 2 * n]; bias [2 * n] may be null.
void gate_rows(ActivationKind kind, const float* bias, ConstMatrixView x, MatrixView out) noexcept;

/// The same of bf16, in f32 between memory and memory, of products that have their bias already. On AVX-512 the machine must have
/// AVX512_BF16 (has_fast_bf16()).
void activate_rows(ActivationKind kind, Bf16View x) noexcept;
void gate_rows(ActivationKind kind, ConstBf16View x, Bf16View out) noexcept;

}  // namespace crossrank
