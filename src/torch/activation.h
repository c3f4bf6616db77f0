// ActivationKind as libtorch has it.
#pragma once

#include <ATen/core/Tensor.h>

#include "arch/spec.h"

namespace crossrank {

/// One of libtorch's own operations, on any device and with a graph behind it; x itself for the identity.
at::Tensor composed_activation(const at::Tensor& x, ActivationKind kind);

}  // namespace crossrank
