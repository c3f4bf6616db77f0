// new_head: weights for the tensors of a head that a checkpoint lacks.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "arch/model_folder.h"

namespace crossrank {

/// The generator that torch.manual_seed(seed) gives Transformers.
at::Generator make_generator(uint64_t seed);

/// As Transformers draws it, the same numbers at the same seed where tensors are drawn one after another in the table's order: matrices by
/// HeadInitialisation, a norm's weights 1, biases 0. On the CPU, f32.
at::Tensor new_weights(const ModelTensor& tensor, const ModelFolder& model, at::Generator& generator);

}  // namespace crossrank
