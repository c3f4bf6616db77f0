// Which libtorch this program is built with and runs on: the model card, inspect and errors say it.
#pragma once

#include <string>

namespace crossrank {

/// "1.13.0", as the headers had it.
std::string libtorch_version();
/// Whether the libtorch that is linked sees a CUDA device.
bool cuda_is_available();

}  // namespace crossrank
