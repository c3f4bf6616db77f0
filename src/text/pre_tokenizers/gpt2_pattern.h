// Gpt2Pattern: the regular expression that GPT-2 cuts text with, as a scanner: one pass, nothing to back out of.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "text/unicode/char_class.h"

namespace crossrank {

/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
/// Its matches cover any text without gaps. Immutable; may be shared between threads.
class Gpt2Pattern {
 public:
  static constexpr std::string_view kRegex = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

  Gpt2Pattern();

  /// Where the match that begins at `p` ends; p < end.
  const char* match_end(const char* p, const char* end) const noexcept;

 private:
  enum class Kind : uint8_t { kOther, kLetterLike, kNumberLike, kSpaceLike };

  Kind kind_of(char32_t c) const noexcept;
  Kind next_kind(const char*& p) const noexcept;
  const char* run_end(Kind kind, const char* p, const char* end) const noexcept;
  const char* space_end(const char* p, const char* end) const noexcept;

  const CharClasses& classes_ = CharClasses::get();
  std::array<Kind, 128> ascii_{};
};

}  // namespace crossrank
