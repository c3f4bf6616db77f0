#include "text/unicode/char_class.h"

#include <algorithm>

#include "text/unicode/char_class_tables.h"

namespace crossrank {

const CharClasses& CharClasses::get() {
  static const CharClasses classes;
  return classes;
}

// Blocks of equal class share one copy, found by the class; mixed blocks are written out.
CharClasses::CharClasses() {
  std::vector<int64_t> uniform_block(1 << 12, -1);
  size_t range = 0;
  for (uint32_t block = 0; block < index_.size(); ++block) {
    const uint32_t first = block << kBlockBits;
    const uint32_t last = first + kBlockSize - 1;
    while (range + 1 < kNumClassRanges && kClassRanges[range + 1].first <= first) ++range;
    const bool uniform = range + 1 == kNumClassRanges || kClassRanges[range + 1].first > last;
    int64_t& shared = uniform_block[kClassRanges[range].classes];
    if (uniform && shared >= 0) {
      index_[block] = static_cast<uint32_t>(shared);
      continue;
    }
    index_[block] = static_cast<uint32_t>(blocks_.size());
    if (uniform) shared = static_cast<int64_t>(blocks_.size());
    for (uint32_t code_point = first; code_point <= last; ++code_point) {
      while (range + 1 < kNumClassRanges && kClassRanges[range + 1].first <= code_point) ++range;
      blocks_.push_back(kClassRanges[range].classes);
    }
  }
}

char32_t CharClasses::lowercase(char32_t code_point) const noexcept {
  if (code_point == 0x130) return U'i';
  const LowercaseRange* end = kLowercaseRanges + kNumLowercaseRanges;
  const LowercaseRange* range =
      std::lower_bound(kLowercaseRanges, end, code_point, [](const LowercaseRange& r, char32_t c) { return r.last < c; });
  if (range == end || code_point < range->first || (code_point - range->first) % range->step != 0) return code_point;
  return static_cast<char32_t>(static_cast<int64_t>(code_point) + range->delta);
}

}  // namespace crossrank
