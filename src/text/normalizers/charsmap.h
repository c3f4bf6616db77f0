// Charsmap: SentencePiece's compiled rules of normalization, strings that begin a text and what they become.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace crossrank {

/// Immutable; may be shared between threads. The format: the size of a double-array trie in bytes (32 bits, little endian), the trie, and
/// the replacements, each ended by NUL. A unit of the trie holds, from its low bits: the byte that leads to it (8), whether a string ends
/// here (1), and how far its children are (offset: 22 bits, and one that scales it by 256); the highest bit marks a unit as a value, the
/// place of a replacement.
class Charsmap {
 public:
  /// Reads field `name`, base64. Whatever a look-up could meet is checked here, so that look-ups check nothing; Error says what is wrong.
  Charsmap(const JsonObject& config, std::string_view name);

  /// What the shortest string of the map that begins `text` becomes; nothing when none does. The shortest, and whatever follows it in
  /// `text` is lost: so has the reference it.
  std::optional<std::string_view> find(std::string_view text) const noexcept;

 private:
  std::vector<uint32_t> units_;
  std::string replacements_;
};

}  // namespace crossrank
