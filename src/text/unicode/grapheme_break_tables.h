// The generated table behind GraphemeBreaks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "text/unicode/code_point_table.h"

namespace crossrank {

/// The class is `value & 15`, the conjunct class `value >> 4`.
using GraphemeRange = CodePointRange<uint8_t>;
extern const GraphemeRange kGraphemeRanges[];
extern const size_t kNumGraphemeRanges;

}  // namespace crossrank
