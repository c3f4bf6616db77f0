// Steps that normalizers share, one code point at a time.
#pragma once

#include <string>

#include "text/unicode/char_class.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {

/// Appends the lower case of `c`; U+0130 alone becomes two code points.
inline void append_lowercase(const CharClasses& classes, char32_t c, std::string& out) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
    return;
  }
  append_code_point(out, classes.has(c, kLowercases) ? classes.lowercase(c) : c);
  if (c == 0x130) append_code_point(out, 0x307);
}

/// The first code point of `text` has one of `classes`.
inline bool begins_with_class(const CharClasses& char_classes, uint16_t classes, const std::string& text) {
  if (text.empty()) return false;
  const char* p = text.data();
  return char_classes.has(next_code_point(p), classes);
}

/// Drops from `text` the code points that have one of `dropped`.
inline void drop_classes(const CharClasses& classes, uint16_t dropped, std::string& text) {
  char* write = text.data();
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const char* const start = p;
    if (classes.has(next_code_point(p), dropped)) continue;
    for (const char* byte = start; byte < p; ++byte) *write++ = *byte;
  }
  text.resize(static_cast<size_t>(write - text.data()));
}

}  // namespace crossrank
