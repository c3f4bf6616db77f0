// adamw: the optimizer's step on one parameter (Loshchilov & Hutter 2019), as torch.optim.AdamW takes it, and the sum that gradients are
// clipped by.
#pragma once

#include <cstdint>

namespace crossrank {

struct AdamWOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;  // beside the square root, not within
  double weight_decay = 0.01;
};

/// A parameter and what the optimizer keeps of it, `count` floats each; the averages are zeros before the first step.
struct AdamWParameter {
  int64_t count = 0;
  float* value = nullptr;
  const float* gradient = nullptr;
  float* average = nullptr;             // of gradients, exp_avg
  float* average_of_squares = nullptr;  // exp_avg_sq
};

/// One step; `step` counts from 1. Gradients are multiplied by `gradient_scale` first: the factor that clipping found. In parallel; the
/// same bits on any number of threads.
void adamw_step(const AdamWParameter& parameter, const AdamWOptions& options, int64_t step, float gradient_scale = 1);

/// Sum of x^2 over x [count]. In parallel; the same bits on any number of threads.
double sum_of_squares(const float* x, int64_t count);

}  // namespace crossrank
