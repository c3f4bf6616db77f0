// activation_gradient: the backward passes of activation.h, on rows.
#pragma once

#include "arch/spec.h"
#include "cpu/matrix_view.h"

namespace crossrank {

/// grad_x = activation'(x) * grad_y, all [rows, columns].
void activate_rows_backward(ActivationKind kind, ConstMatrixView x, ConstMatrixView grad_y, MatrixView grad_x) noexcept;

/// Of y [rows, n] = activation(first half) * second half of x [rows, 2 * n]: grad_x [rows, 2 * n].
void gate_rows_backward(ActivationKind kind, ConstMatrixView x, ConstMatrixView grad_y, MatrixView grad_x) noexcept;

/// The same of bf16, in f32 between memory and memory. On AVX-512 the machine must have AVX512_BF16 (has_fast_bf16()).
void activate_rows_backward(ActivationKind kind, ConstBf16View x, ConstBf16View grad_y, Bf16View grad_x) noexcept;
void gate_rows_backward(ActivationKind kind, ConstBf16View x, ConstBf16View grad_y, Bf16View grad_x) noexcept;

}  // namespace crossrank
