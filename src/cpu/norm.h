// norm: layer norm over rows, alone or after a residual sum.
#pragma once

#include "cpu/matrix_view.h"

namespace crossrank {

/// Layer norm's numbers: weight [features], bias [features] or null. Points into what someone else owns.
struct NormParameters {
  const float* weight = nullptr;
  const float* bias = nullptr;
  float eps = 0;
};

/// out = norm(x). `out` may be x.
void norm_rows(const NormParameters& norm, ConstMatrixView x, MatrixView out) noexcept;

/// x = x + residual + bias, in place; bias [columns] may be null.
void add_rows(ConstMatrixView residual, const float* bias, MatrixView x) noexcept;

/// x = norm(x + residual + bias), in place; bias may be null, and residual.data too.
void add_norm_rows(const NormParameters& norm, ConstMatrixView residual, const float* bias, MatrixView x) noexcept;

}  // namespace crossrank
