// Optimizer: AdamW over a model's parameters, with the reference's groups, and the clipping of their gradients.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "torch/torch_model.h"

namespace crossrank {

/// torch.optim.AdamW's (decoupled weight decay, arXiv:1711.05101).
struct OptimizerOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;  // of matrices; biases and norms decay never, as in the reference
};

/// Moments of one parameter, f32, of its shape.
struct Moments {
  at::Tensor first, second;
};

/// Holds references to the parameters. Not for several threads.
class Optimizer {
 public:
  Optimizer(const std::vector<TorchParameter>& parameters, const OptimizerOptions& options);

  /// The length of all gradients together, each `unscale` times what it is now, before they are shortened to at most `max_norm` (0: never),
  /// as torch's clip_grad_norm_ does. What they are multiplied with takes effect in step().
  double clip_gradients(double max_norm, double unscale = 1);
  /// One step; parameters without a gradient stay as they are.
  void step(double learning_rate);
  /// Forgets the gradients.
  void zero_gradients();

  int64_t steps() const { return steps_; }
  const std::vector<TorchParameter>& parameters() const { return *parameters_; }
  const std::vector<Moments>& moments() const { return moments_; }
  /// Goes on from where another one stopped. Sizes are those of the parameters.
  void restore(int64_t steps, std::vector<Moments> moments);

 private:
  const std::vector<TorchParameter>* parameters_;
  OptimizerOptions options_;
  int64_t steps_ = 0;
  std::vector<Moments> moments_;  // [parameters]
  double scale_ = 1;              // of the gradients, by the last clip_gradients()
};

}  // namespace crossrank
