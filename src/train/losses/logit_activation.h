// LogitActivation: what a loss does to logits before it reads them, the parameter activation_fn.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "train/losses/loss_parameters.h"

namespace crossrank {

/// A function of torch.nn, element by element, with torch's defaults.
class LogitActivation {
 public:
  struct Entry;

  /// The parameter activation_fn: "sigmoid", "Sigmoid", "torch.nn.Sigmoid", "torch.nn.modules.activation.Sigmoid", or none. Left away
  /// it is `fallback`. None computes what Identity does, and is listed as `none`: the reference keeps None in some losses only.
  LogitActivation(const LossParameters& parameters, std::string_view fallback = "Identity",
                  std::string_view none = "torch.nn.modules.linear.Identity");

  at::Tensor apply(const at::Tensor& logits) const;
  /// "torch.nn.modules.activation.Sigmoid".
  const std::string& full_name() const { return full_name_; }

 private:
  const Entry* entry_;
  std::string full_name_;
};

}  // namespace crossrank
