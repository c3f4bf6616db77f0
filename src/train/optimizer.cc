#include "train/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>

#include "cpu/adamw.h"

namespace crossrank {
namespace {

// Biases and norms do not decay: Transformers' get_decay_parameter_names.
bool decays(const TorchParameter& parameter) {
  switch (parameter.role) {
    case TensorRole::kEmbeddingNorm:
    case TensorRole::kRelativeNorm:
    case TensorRole::kConvolutionNorm:
    case TensorRole::kAttentionNorm:
    case TensorRole::kMlpNorm:
    case TensorRole::kFinalNorm:
    case TensorRole::kDistanceBias:  // by its name
      return false;
    default:
      return parameter.part == TensorPart::kWeight && parameter.value.dim() > 1;  // a head's norm is a vector
  }
}

// Autograd may hand over a gradient that is a view with other strides.
at::Tensor plain(const at::Tensor& gradient) { return gradient.is_contiguous() ? gradient : gradient.contiguous(); }

// The same on any device, by libtorch's operations.
void step_by_libtorch(at::Tensor value, const at::Tensor& gradient, Moments& moments, const AdamWOptions& options, int64_t step) {
  const double correction1 = 1 - std::pow(options.beta1, static_cast<double>(step));
  const double correction2 = std::sqrt(1 - std::pow(options.beta2, static_cast<double>(step)));
  if (options.weight_decay != 0) value.mul_(1 - options.learning_rate * options.weight_decay);
  moments.first.lerp_(gradient, 1 - options.beta1);
  moments.second.mul_(options.beta2).addcmul_(gradient, gradient, 1 - options.beta2);
  value.addcdiv_(moments.first, moments.second.sqrt().div_(correction2).add_(options.eps), -options.learning_rate / correction1);
}

}  // namespace

Optimizer::Optimizer(const std::vector<TorchParameter>& parameters, const OptimizerOptions& options)
    : parameters_(&parameters), options_(options) {
  moments_.reserve(parameters.size());
  for (const TorchParameter& parameter : parameters) moments_.push_back({at::zeros_like(parameter.value), at::zeros_like(parameter.value)});
}

double Optimizer::clip_gradients(double max_norm, double unscale) {
  const at::NoGradGuard no_graph;
  double squares = 0;
  std::vector<at::Tensor> norms;  // of gradients elsewhere than on the CPU: one read for all
  for (const TorchParameter& parameter : *parameters_) {
    at::Tensor value = parameter.value;
    if (!value.grad().defined()) continue;
    if (!value.is_cpu()) {
      norms.push_back(at::norm(value.grad()));
      continue;
    }
    value.mutable_grad() = plain(value.grad());
    squares += sum_of_squares(value.grad().data_ptr<float>(), value.numel());
  }
  if (!norms.empty()) squares = std::pow(at::norm(at::stack(norms)).item<double>(), 2);
  const double norm = unscale * std::sqrt(squares);
  scale_ = unscale * (max_norm > 0 ? std::min(1.0, max_norm / (norm + 1e-6)) : 1.0);
  return norm;
}

void Optimizer::step(double learning_rate) {
  const at::NoGradGuard no_graph;
  ++steps_;
  for (size_t i = 0; i < parameters_->size(); ++i) {
    const TorchParameter& parameter = (*parameters_)[i];
    const at::Tensor gradient = parameter.value.grad();
    if (!gradient.defined()) continue;
    const AdamWOptions options{learning_rate, options_.beta1, options_.beta2, options_.epsilon,
                               decays(parameter) ? options_.weight_decay : 0};
    if (parameter.value.is_cpu()) {
      const at::Tensor contiguous = plain(gradient);
      adamw_step({parameter.value.numel(), parameter.value.data_ptr<float>(), contiguous.data_ptr<float>(),
                  moments_[i].first.data_ptr<float>(), moments_[i].second.data_ptr<float>()},
                 options, steps_, static_cast<float>(scale_));
    } else {
      step_by_libtorch(parameter.value, scale_ == 1 ? gradient : gradient.mul(scale_), moments_[i], options, steps_);
    }
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
