// Vocabulary: the tokens of a model and their ids, both ways.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "text/models/file_vocabulary.h"
#include "text/string_index.h"

namespace crossrank {

/// Ids from here on are refused: they would make tables as large as the file likes. Real vocabularies stay below a million.
inline constexpr int32_t kMaxTokenId = (1 << 24) - 1;

/// A token this long is no word, and models that look for the longest try each place of a text against as many bytes.
inline constexpr size_t kMaxTokenBytes = 4096;

/// Immutable; may be shared between threads.
class Vocabulary {
 public:
  /// Field "vocab" of a model, an object of tokens and ids: `taken` from it, or in the tree. Error names a token whose id is no number, out
  /// of range or another token's.
  Vocabulary(const JsonObject& model, const std::optional<TokenIds>& taken);
  /// The pieces of a list, each with its place as its id. Of equal pieces the last is found by its text. Error for too many.
  Vocabulary(const JsonObject& model, const ScoredPieces& pieces);

  std::optional<int32_t> id(std::string_view token) const {
    const int32_t found = index_.find(token);
    return found < 0 ? std::nullopt : std::optional<int32_t>(found);
  }
  /// Empty for an id that is none. A view into this vocabulary.
  std::string_view token(int32_t id) const {
    return id < 0 || static_cast<size_t>(id) >= tokens_.size() ? std::string_view() : std::string_view(tokens_[static_cast<size_t>(id)]);
  }

  int32_t size() const { return size_; }                                     // number of tokens
  int32_t id_limit() const { return static_cast<int32_t>(tokens_.size()); }  // highest id + 1

 private:
  void add(const JsonObject& model, std::span<const std::pair<std::string_view, int32_t>> tokens);

  StringIndex index_;
  int32_t size_ = 0;
  std::vector<std::string> tokens_;  // [id_limit]: empty for an id that is none
};

}  // namespace crossrank
