// ProductPrecision: the arithmetic of matrix products, in scoring and in training.
#pragma once

namespace crossrank {

/// Of the products' operands; all else that is computed is f32, sums too, save those of kInt8, which are whole numbers. kInt8 is for
/// scoring alone.
enum class ProductPrecision { kF32, kBf16, kInt8 };

/// Whether this machine has products of bf16 that are faster than those of f32 (AVX512_BF16, AMX).
bool has_fast_bf16();

}  // namespace crossrank
