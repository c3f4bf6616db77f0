// The generated tables behind CharClasses.
#pragma once

#include <cstddef>
#include <cstdint>

#include "text/unicode/code_point_table.h"

namespace crossrank {

/// Bits of CharClass.
using ClassRange = CodePointRange<uint16_t>;
extern const ClassRange kClassRanges[];
extern const size_t kNumClassRanges;

/// The code points first, first + step, ..., last have a lower case: themselves plus `delta`.
struct LowercaseRange {
  uint32_t first;
  uint32_t last;
  uint32_t step;
  int32_t delta;
};
extern const LowercaseRange kLowercaseRanges[];
extern const size_t kNumLowercaseRanges;

}  // namespace crossrank
