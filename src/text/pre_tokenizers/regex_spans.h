// RegexSpans: where the matches of a tokenizer's regular expression lie in a text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/pre_tokenizers/split_behavior.h"

namespace crossrank {

/// Immutable; may be shared between threads.
///
/// The reference runs Oniguruma, this ICU. Both read the patterns that tokenizers have (\p{..}, classes, lazy and possessive repeats,
/// look-around, (?i:..)). Where they differ: Oniguruma's own syntax (\h for hexadecimal digits, \K, \R in classes, absent operators,
/// conditionals, subexpression calls \g<..>) is refused or means something else in ICU; \w, \d and \p{..} follow the Unicode version
/// of the installed ICU (72 on Debian 12: Unicode 15). The pattern of GPT-2, runs of spaces
/// (" {2,}", in files made from SentencePiece models) and plain strings are found without ICU, and exactly.
class RegexSpans {
 public:
  virtual ~RegexSpans() = default;
  /// All of `text` in spans, the matches as delimiters.
  virtual std::vector<Span> spans(std::string_view text) const = 0;

  /// The pattern of field `name`: {"String": ..} or {"Regex": ..}. Error names what is neither.
  static std::unique_ptr<const RegexSpans> from_config(const JsonObject& config, std::string_view name);
  /// Error(kUnsupported) that names `where` for a pattern that ICU does not read.
  static std::unique_ptr<const RegexSpans> regex(const std::string& pattern, const std::string& where);
  /// Matches of a plain string, leftmost, not overlapping.
  static std::unique_ptr<const RegexSpans> literal(const std::string& text);
};

}  // namespace crossrank
