// activation: element-wise functions after a matrix product, with its bias, and with the gate of gated MLPs.
#pragma once

#include "arch/spec.h"
#include "cpu/matrix_view.h"

namespace crossrank {

/// x = activation(x + bias), in place; bias [columns] may be null.
void activate_rows(ActivationKind kind, const float* bias, MatrixView x) noexcept;

/// out [rows, n] = activation(first half + bias) * (second half + bias) of x [rows, 2 * n]; bias [2 * n] may be null.
void gate_rows(ActivationKind kind, const float* bias, ConstMatrixView x, MatrixView out) noexcept;

}  // namespace crossrank
