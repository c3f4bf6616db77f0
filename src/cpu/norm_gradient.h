// norm_gradient: the backward pass of layer norm over rows.
#pragma once

#include "cpu/matrix_view.h"
#include "cpu/norm.h"

namespace crossrank {

/// All matrices [rows, columns]. The norm's own bias is not read.
struct NormBackward {
  NormParameters norm;
  ConstMatrixView x;
  ConstMatrixView grad_y;
  MatrixView grad_x;
  float* grad_weight = nullptr;  // [columns], or null: not wanted
  float* grad_bias = nullptr;
};

/// In parallel; the same bits on any number of threads. Mean and variance are computed again: the row is at hand anyway.
void norm_backward(const NormBackward& task);

}  // namespace crossrank
