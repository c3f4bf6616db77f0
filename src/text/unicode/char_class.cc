#include "text/unicode/char_class.h"

#include <algorithm>

#include "text/unicode/char_class_tables.h"

namespace crossrank {

const CharClasses& CharClasses::get() {
  static const CharClasses classes;
  return classes;
}

CharClasses::CharClasses() : classes_({kClassRanges, kNumClassRanges}) {}

char32_t CharClasses::lowercase(char32_t code_point) const noexcept {
  if (code_point == 0x130) return U'i';
  const LowercaseRange* end = kLowercaseRanges + kNumLowercaseRanges;
  const LowercaseRange* range =
      std::lower_bound(kLowercaseRanges, end, code_point, [](const LowercaseRange& r, char32_t c) { return r.last < c; });
  if (range == end || code_point < range->first || (code_point - range->first) % range->step != 0) return code_point;
  return static_cast<char32_t>(static_cast<int64_t>(code_point) + range->delta);
}

}  // namespace crossrank
