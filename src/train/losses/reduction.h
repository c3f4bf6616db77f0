// The parameter reduction: how the terms of a loss become one number.
#pragma once

#include <ATen/core/Reduction.h>

#include "train/loss.h"
#include "train/losses/loss_parameters.h"

namespace crossrank {

inline constexpr std::string_view kReductions[] = {"mean", "sum"};

/// A value of at::Reduction.
inline int64_t reduction_of(const LossParameters& parameters) {
  return parameters.word("reduction", kReductions, 0) == 0 ? at::Reduction::Mean : at::Reduction::Sum;
}

/// Lists it where it was set: the reference leaves it out.
inline void list_reduction(int64_t reduction, LossConfig& config) {
  if (reduction != at::Reduction::Mean) config.emplace_back("reduction", "sum");
}

}  // namespace crossrank
