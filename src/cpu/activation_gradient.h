// activation_gradient: the backward passes of activation.h, on rows.
#pragma once

#include "arch/spec.h"
#include "cpu/matrix_view.h"

namespace crossrank {

/// grad_x = activation'(x) * grad_y, all [rows, columns].
void activate_rows_backward(ActivationKind kind, ConstMatrixView x, ConstMatrixView grad_y, MatrixView grad_x) noexcept;

/// Of y [rows, n] = activation(first half) * second half of x [rows, 2 * n]: grad_x [rows, 2 * n].
void gate_rows_backward(ActivationKind kind, ConstMatrixView x, ConstMatrixView grad_y, MatrixView grad_x) noexcept;

}  // namespace crossrank
