// dense: a linear map forward and backward on plain row-major matrices, by oneDNN on the calling thread's OpenMP team.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "cpu/matrix_view.h"
#include "cpu/product_precision.h"

namespace crossrank {

/// Where a product's sums go: f32, or rounded to bf16, which products of bf16 alone have.
using DenseOut = std::variant<float*, Bf16*>;

/// y [rows, out] = x [rows, in] W^T + bias. W [out, in]; bias [out] or null. Operand is float or Bf16: what x is and W is rounded to; sums
/// are f32.
template <typename Operand>
struct DenseForward {
  int64_t rows = 0;
  int64_t in = 0;
  int64_t out = 0;
  const Operand* x = nullptr;
  const float* weight = nullptr;
  const float* bias = nullptr;
  DenseOut y;
};

/// The gradients of a sum over y, of which grad_y [rows, out] is given. Those that are null are not computed.
template <typename Operand>
struct DenseBackward {
  int64_t rows = 0;
  int64_t in = 0;
  int64_t out = 0;
  const Operand* grad_y = nullptr;
  const Operand* x = nullptr;     // [rows, in], read for grad_weight alone
  const float* weight = nullptr;  // [out, in], read for grad_x alone
  DenseOut grad_x;                // [rows, in] = grad_y W
  float* grad_weight = nullptr;   // [out, in] = grad_y^T x
  float* grad_bias = nullptr;     // [out], sums of the columns of grad_y
};

/// Bf16 is for machines with has_fast_bf16(): on others it would be slower, not faster. Throw std::bad_alloc where memory is short. Each
/// thread keeps its kernels and its scratch memory for its next call. The same call on the same number of threads gives the same bits.
void dense_forward(const DenseForward<float>& map);
void dense_forward(const DenseForward<Bf16>& map);
void dense_backward(const DenseBackward<float>& map);
void dense_backward(const DenseBackward<Bf16>& map);

/// Of the oneDNN that runs: "2.6.3".
std::string onednn_version();

}  // namespace crossrank
