// Spans of a text by the class of its code points: delimiters are single code points that have one of the classes.
#pragma once

#include <string_view>
#include <vector>

#include "text/pre_tokenizers/split_behavior.h"
#include "text/unicode/char_class.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {

inline std::vector<Span> class_spans(const CharClasses& classes, uint16_t delimiters, std::string_view text) {
  std::vector<Span> spans;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  size_t open = 0;
  for (const char* p = begin; p < end;) {
    const auto start = static_cast<size_t>(p - begin);
    if (!classes.has(next_code_point(p), delimiters)) continue;
    const auto stop = static_cast<size_t>(p - begin);
    if (open < start) spans.push_back({open, start, false});
    spans.push_back({start, stop, true});
    open = stop;
  }
  if (open < text.size()) spans.push_back({open, text.size(), false});
  return spans;
}

}  // namespace crossrank
