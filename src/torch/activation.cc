#include "torch/activation.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>

namespace crossrank {

at::Tensor composed_activation(const at::Tensor& x, ActivationKind kind) {
  switch (kind) {
    case ActivationKind::kIdentity:
      return x;
    case ActivationKind::kGelu:
      return at::gelu(x);
    case ActivationKind::kGeluTanh:
      return at::gelu(x, "tanh");
    case ActivationKind::kRelu:
      return at::relu(x);
    case ActivationKind::kSilu:
      return at::silu(x);
    case ActivationKind::kTanh:
      return at::tanh(x);
    case ActivationKind::kSigmoid:
      return at::sigmoid(x);
  }
  return x;
}

}  // namespace crossrank
