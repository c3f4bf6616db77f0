// AutocastScope: while it lives, libtorch casts the operands of matrix products on a CUDA device to bf16 or fp16.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "torch/torch_model.h"

namespace crossrank {

/// Nothing on a CPU, where products take their precision as an argument, and nothing for kF32. For the thread that makes it; nests.
class AutocastScope {
 public:
  AutocastScope(c10::Device device, TrainPrecision precision);
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;
  ~AutocastScope();

 private:
  bool active_;
  bool enabled_before_ = false;
  at::ScalarType dtype_before_ = at::kFloat;
};

/// The element type of an operand in a precision.
at::ScalarType operand_type(TrainPrecision precision);

}  // namespace crossrank
