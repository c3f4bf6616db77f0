// The generated table behind GraphemeBreaks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace crossrank {

/// Code points from `first` to the next range's first have the class `value & 15` and the conjunct class `value >> 4`.
struct GraphemeRange {
  uint32_t first;
  uint8_t value;
};
extern const GraphemeRange kGraphemeRanges[];
extern const size_t kNumGraphemeRanges;

}  // namespace crossrank
