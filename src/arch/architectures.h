// The descriptions that registry.cc lists; each is defined in the architecture's own file.
#pragma once

#include "arch/registry.h"

namespace crossrank {

extern const Architecture kBert;        // bert.cc
extern const Architecture kModernBert;  // modernbert.cc

}  // namespace crossrank
