#include "text/pre_tokenizers/gpt2_pattern.h"

#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

// Length of the contraction after an apostrophe at `p` ('s, 't, 're, 've, 'm, 'll, 'd), apostrophe included, or 0.
size_t contraction_length(const char* p, const char* end) noexcept {
  if (end - p < 2) return 0;
  const char first = p[1];
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if (end - p < 3) return 0;
  const char second = p[2];
  return (first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l') ? 3 : 0;
}

}  // namespace

Gpt2Pattern::Gpt2Pattern() {
  for (size_t c = 0; c < 128; ++c) ascii_[c] = kind_of(static_cast<char32_t>(c));
}

Gpt2Pattern::Kind Gpt2Pattern::kind_of(char32_t c) const noexcept {
  const uint16_t classes = classes_.of(c);
  if ((classes & kLetter) != 0) return Kind::kLetterLike;
  if ((classes & kNumber) != 0) return Kind::kNumberLike;
  return (classes & kWhitespace) != 0 ? Kind::kSpaceLike : Kind::kOther;
}

Gpt2Pattern::Kind Gpt2Pattern::next_kind(const char*& p) const noexcept {
  const auto byte = static_cast<uint8_t>(*p);
  if (byte >= 128) return kind_of(next_code_point(p));
  ++p;
  return ascii_[byte];
}

const char* Gpt2Pattern::run_end(Kind kind, const char* p, const char* end) const noexcept {
  while (p < end) {
    const char* next = p;
    if (next_kind(next) != kind) break;
    p = next;
  }
  return p;
}

// White space at the end of the text is one match. Elsewhere the run's last character is left to what follows, unless it is alone.
const char* Gpt2Pattern::space_end(const char* p, const char* end) const noexcept {
  const char* const start = p;
  p = run_end(Kind::kSpaceLike, p, end);
  if (p == end) return p;
  const char* last = p;
  previous_code_point(last);
  return last == start ? p : last;
}

const char* Gpt2Pattern::match_end(const char* p, const char* end) const noexcept {
  if (*p == '\'') {
    const size_t length = contraction_length(p, end);
    if (length != 0) return p + length;
  }
  const char* next = p;
  Kind kind = next_kind(next);
  if (*p == ' ' && next < end) {
    const char* after = next;
    const Kind kind_after = next_kind(after);
    if (kind_after != Kind::kSpaceLike) {  // " ?" takes this space into the run
      kind = kind_after;
      next = after;
    }
  }
  return kind == Kind::kSpaceLike ? space_end(p, end) : run_end(kind, next, end);
}

}  // namespace crossrank
