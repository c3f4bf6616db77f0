// recompute_layer: gradient checkpointing. A layer runs without a graph, and again with one on the way back (Chen et al. 2016).
#pragma once

#include "torch/torch_ops.h"

namespace crossrank {

/// function(ops, weights, batch, x), of which only x and the weights are kept. The second run draws the random numbers of the first:
/// gradients are those of a layer that kept everything.
at::Tensor recompute_layer(const TorchOps& ops, const LayerWeights<TorchOps>& weights, const at::Tensor& x,
                           TorchOps::LayerFunction function);

}  // namespace crossrank
