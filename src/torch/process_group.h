// join_process_group: the backends of c10d, in the one file that includes their headers.
#pragma once

#include <memory>

#include "torch/processes.h"

namespace crossrank {

/// Error(kUnsupported) where this libtorch was built, or is installed, without the backend.
std::unique_ptr<Processes> join_process_group(const ProcessEnvironment& environment, bool cuda);

}  // namespace crossrank
