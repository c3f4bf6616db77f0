#include "torch/libtorch_version.h"

#include <ATen/Context.h>

namespace crossrank {

std::string libtorch_version() { return CROSSRANK_LIBTORCH_VERSION; }
bool cuda_is_available() { return at::hasCUDA(); }

}  // namespace crossrank
