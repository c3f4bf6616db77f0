// The section "Usage" of a model card: the examples scored and ranked, in Python and on the command line.
#pragma once

#include <string>

#include "run/model_card.h"

namespace crossrank {

std::string usage_section(const ModelCard& card);

}  // namespace crossrank
