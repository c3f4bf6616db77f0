#include "train/losses/tensors.h"

#include <ATen/ops/empty.h>

#include <algorithm>

namespace crossrank {

at::Tensor float_tensor(const std::vector<double>& values, const at::Tensor& logits) {
  const at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::TensorOptions(at::kFloat));
  std::transform(values.begin(), values.end(), tensor.data_ptr<float>(), [](double value) { return static_cast<float>(value); });
  return tensor.to(logits.device());
}

at::Tensor index_tensor(const std::vector<int64_t>& values, const at::Tensor& logits) {
  const at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::TensorOptions(at::kLong));
  std::copy(values.begin(), values.end(), tensor.data_ptr<int64_t>());
  return tensor.to(logits.device());
}

at::Tensor row_labels(const std::vector<std::vector<double>>& labels, const at::Tensor& logits) {
  std::vector<double> values;
  for (const std::vector<double>& row : labels) values.push_back(row.front());
  return float_tensor(values, logits);
}

}  // namespace crossrank
