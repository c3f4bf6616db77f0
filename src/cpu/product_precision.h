// ProductPrecision: the arithmetic of matrix products, in scoring and in training.
#pragma once

namespace crossrank {

/// Of the products' operands; sums are f32, and all else that is computed too.
enum class ProductPrecision { kF32, kBf16 };

/// Whether this machine has products of bf16 that are faster than those of f32 (AVX512_BF16, AMX).
bool has_fast_bf16();

}  // namespace crossrank
