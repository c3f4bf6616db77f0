// bf16_rows: rows of floats as products of bf16 read them.
#pragma once

#include "cpu/matrix_view.h"

namespace crossrank {

/// out [rows, columns] = x rounded to bf16, to the nearest, ties to even; rows of `out` lie side by side. On AVX-512 by AVX512_BF16, which
/// the machine must have (has_fast_bf16()).
void round_to_bf16(ConstMatrixView x, Bf16* out) noexcept;

}  // namespace crossrank
