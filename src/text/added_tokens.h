// AddedTokens: tokens that are found in a text before the model sees it, special ones among them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/byte_trie.h"
#include "text/models/vocabulary.h"
#include "text/normalizers/normalizer.h"

namespace crossrank {

struct AddedToken {
  std::string content;
  bool single_word = false;  // only where no word character touches it
  bool lstrip = false;       // takes the white space before it along
  bool rstrip = false;       // takes the white space after it along
  bool normalized = false;   // its normal form is looked for in the normalized text, not itself in the text as it came
  bool special = false;
};

/// A stretch of a text: an added token, or text between them.
struct Section {
  std::string_view text;
  int32_t id = -1;  // -1: text
};

/// Immutable; may be shared between threads.
class AddedTokens {
 public:
  /// Reads field "added_tokens" of a tokenizer.json (none: no tokens). As in the reference a token that the vocabulary has keeps its
  /// id there, and the others are numbered on from the vocabulary's size; the ids in the file only say what they were.
  AddedTokens(const JsonObject& file, const Vocabulary& vocabulary, const Normalizer* normalizer);

  /// Cuts out the tokens that stand in text as it came (`normalized` false) or in normalized text (true): from left to right, the
  /// longest that begins at a place. Sections are in order and none is empty; where rstrip and a token inside the white space that
  /// it took meet, they overlap, as in the reference.
  std::vector<Section> split(std::string_view text, bool normalized) const;

  std::optional<int32_t> id(std::string_view content) const;
  /// The token of an id, or nullptr.
  const AddedToken* token(int32_t id) const;
  /// Highest id + 1.
  int32_t id_limit() const { return tokens_.empty() ? 0 : tokens_.rbegin()->first + 1; }

 private:
  ByteTrie make_trie(const JsonObject& file, const Normalizer* normalizer, bool normalized) const;

  std::map<int32_t, AddedToken> tokens_;
  std::map<std::string, int32_t, std::less<>> ids_;
  ByteTrie as_is_;
  ByteTrie normalized_;
};

}  // namespace crossrank
