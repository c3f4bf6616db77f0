// dropout: numbers of a matrix dropped in training, by a mask that is a function of their place.
#pragma once

#include "cpu/dropout_mask.h"
#include "cpu/matrix_view.h"

namespace crossrank {

/// out = x times the mask's scale, or zero where it drops; row r of the views is row first_row + r of the mask. The forward and the
/// backward pass. Bf16 is f32 between memory and memory; on AVX-512 it needs has_fast_bf16().
void drop_rows(const DropoutMask& mask, int first_row, ConstMatrixView x, MatrixView out) noexcept;
void drop_rows(const DropoutMask& mask, int first_row, ConstBf16View x, Bf16View out) noexcept;

}  // namespace crossrank
