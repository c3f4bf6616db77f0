#include "train/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>

namespace crossrank {
namespace {

// Biases and norms do not decay: Transformers' get_decay_parameter_names.
bool decays(const TorchParameter& parameter) {
  switch (parameter.role) {
    case TensorRole::kEmbeddingNorm:
    case TensorRole::kAttentionNorm:
    case TensorRole::kMlpNorm:
    case TensorRole::kFinalNorm:
      return false;
    default:
      return parameter.part == TensorPart::kWeight && parameter.value.dim() > 1;  // a head's norm is a vector
  }
}

}  // namespace

Optimizer::Optimizer(const std::vector<TorchParameter>& parameters, const AdamWOptions& options)
    : parameters_(&parameters), options_(options) {
  moments_.reserve(parameters.size());
  for (const TorchParameter& parameter : parameters) moments_.push_back({at::zeros_like(parameter.value), at::zeros_like(parameter.value)});
}

double Optimizer::clip_gradients(double max_norm, double unscale) {
  const at::NoGradGuard no_graph;
  std::vector<at::Tensor> norms;
  for (const TorchParameter& parameter : *parameters_) {
    if (parameter.value.grad().defined()) norms.push_back(at::norm(parameter.value.grad()));
  }
  const double norm = norms.empty() ? 0 : unscale * at::norm(at::stack(norms)).item<double>();
  scale_ = unscale * (max_norm > 0 ? std::min(1.0, max_norm / (norm + 1e-6)) : 1.0);
  return norm;
}

void Optimizer::step(double learning_rate) {
  const at::NoGradGuard no_graph;
  ++steps_;
  const double correction1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double correction2 = std::sqrt(1 - std::pow(options_.beta2, static_cast<double>(steps_)));
  for (size_t i = 0; i < parameters_->size(); ++i) {
    const TorchParameter& parameter = (*parameters_)[i];
    at::Tensor gradient = parameter.value.grad();
    if (!gradient.defined()) continue;
    if (scale_ != 1) gradient.mul_(scale_);
    at::Tensor value = parameter.value;
    if (options_.weight_decay != 0 && decays(parameter)) value.mul_(1 - learning_rate * options_.weight_decay);
    auto& [first, second] = moments_[i];
    first.lerp_(gradient, 1 - options_.beta1);
    second.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
    value.addcdiv_(first, second.sqrt().div_(correction2).add_(options_.epsilon), -learning_rate / correction1);
  }
  scale_ = 1;
}

void Optimizer::zero_gradients() {
  for (const TorchParameter& parameter : *parameters_) {
    at::Tensor value = parameter.value;
    value.mutable_grad().reset();
  }
}

void Optimizer::restore(int64_t steps, std::vector<Moments> moments) {
  steps_ = steps;
  moments_ = std::move(moments);
}

}  // namespace crossrank
