// dense: a linear map forward and backward on plain row-major matrices, by oneDNN on the calling thread's OpenMP team.
#pragma once

#include <cstdint>
#include <string>

#include "cpu/product_precision.h"

namespace crossrank {

/// y [rows, out] = x [rows, in] W^T + bias. W [out, in]; bias [out] or null.
struct DenseForward {
  int64_t rows = 0;
  int64_t in = 0;
  int64_t out = 0;
  const float* x = nullptr;
  const float* weight = nullptr;
  const float* bias = nullptr;
  float* y = nullptr;
};

/// The gradients of a sum over y, of which grad_y [rows, out] is given. Those that are null are not computed.
struct DenseBackward {
  int64_t rows = 0;
  int64_t in = 0;
  int64_t out = 0;
  const float* grad_y = nullptr;
  const float* x = nullptr;       // [rows, in], read for grad_weight alone
  const float* weight = nullptr;  // [out, in], read for grad_x alone
  float* grad_x = nullptr;        // [rows, in] = grad_y W
  float* grad_weight = nullptr;   // [out, in] = grad_y^T x
  float* grad_bias = nullptr;     // [out], sums of the columns of grad_y
};

/// All that is in memory is f32, operands of kBf16 too; that is f32 where the machine has no fast bf16 products: on others they would be
/// slower, not faster. Throw std::bad_alloc where memory is short. Each thread keeps its kernels and its scratch memory for its next call.
/// The same call on the same number of threads gives the same bits.
void dense_forward(const DenseForward& map, ProductPrecision precision);
void dense_backward(const DenseBackward& map, ProductPrecision precision);

/// Of the oneDNN that runs: "2.6.3".
std::string onednn_version();

}  // namespace crossrank
