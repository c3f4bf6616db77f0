// architecture_text: what a model is made of, in the words of the model card.
#pragma once

#include <string>

#include "arch/model_folder.h"

namespace crossrank {

/// Lines "part: what it is", from the tokens to the score, and last the number of parameters.
std::string architecture_text(const ModelFolder& model);

}  // namespace crossrank
