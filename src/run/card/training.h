// The section "Training Details" of a model card: data sets, loss, hyperparameters, the log, time, hardware and versions.
#pragma once

#include <string>

#include "run/model_card.h"

namespace crossrank {

std::string training_section(const ModelCard& card);

/// "23.4 seconds", "1.6 hours".
std::string spelled_duration(double seconds);

}  // namespace crossrank
