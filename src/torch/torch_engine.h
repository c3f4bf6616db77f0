// The engine over libtorch: a model in training as rank/ and eval/ see every model.
#pragma once

#include <memory>

#include "model/engine.h"
#include "torch/torch_model.h"

namespace crossrank {

/// Scores by the weights as they are at each call, without a graph. The model must outlive the engine.
std::unique_ptr<Engine> make_torch_engine(const TorchModel& model);

}  // namespace crossrank
