// CharClasses: what the reference thinks of a code point (letter, white space, punctuation, ...), in one look-up.
#pragma once

#include <cstdint>

#include "text/unicode/code_point_table.h"

namespace crossrank {

/// The reference mixes Unicode versions: each of its crates has its own. These are its answers, found by asking it about every code
/// point (tools/make_unicode_tables.py, which numbers the bits), and so independent of the ICU that is installed.
enum CharClass : uint16_t {
  kWhitespace = 1 << 0,          ///< White_Space
  kLetter = 1 << 1,              ///< \p{L} of Oniguruma
  kNumber = 1 << 2,              ///< \p{N} of Oniguruma
  kNumeric = 1 << 3,             ///< numeric for Digits (Rust's standard library)
  kPunctuation = 1 << 4,         ///< punctuation for BertPreTokenizer and Punctuation (Unicode 8, and all ASCII symbols)
  kRemovedByBert = 1 << 5,       ///< clean_text drops it: controls, format, private use, U+FFFD
  kMarkNonspacing = 1 << 6,      ///< strip_accents of BertNormalizer drops it
  kMark = 1 << 7,                ///< StripAccents drops it
  kWord = 1 << 8,                ///< \w of Rust's regex
  kLowercases = 1 << 9,          ///< lower case is another code point
  kNotInert = 1 << 10,           ///< canonical decomposition moves or changes it
  kTooNewToNormalize = 1 << 11,  ///< not assigned in Unicode 9, whose normalization the reference has: never changed by it
};

/// Immutable; shared by all threads.
class CharClasses {
 public:
  /// Built on first use.
  static const CharClasses& get();

  /// Bits of CharClass.
  uint16_t of(char32_t code_point) const noexcept { return classes_.of(code_point); }
  bool has(char32_t code_point, uint16_t classes) const noexcept { return (of(code_point) & classes) != 0; }

  /// The lower case of a code point that has kLowercases; U+0130 alone becomes two: this and U+0307.
  char32_t lowercase(char32_t code_point) const noexcept;

 private:
  CharClasses();

  CodePointTable<uint16_t> classes_;
};

}  // namespace crossrank
