// What losses make tensors of: numbers on the host become f32 or int64 beside the logits.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace crossrank {

/// f32 [values], on the device of `logits`.
at::Tensor float_tensor(const std::vector<double>& values, const at::Tensor& logits);
/// int64 [values], on the device of `logits`.
at::Tensor index_tensor(const std::vector<int64_t>& values, const at::Tensor& logits);

/// The one label of each row, f32 [rows].
at::Tensor row_labels(const std::vector<std::vector<double>>& labels, const at::Tensor& logits);

}  // namespace crossrank
