// ByteTokens: the tokens <0x00> to <0xFF>, in which a model with byte fallback spells what its vocabulary lacks.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/models/vocabulary.h"

namespace crossrank {

/// Immutable; may be shared between threads.
class ByteTokens {
 public:
  /// None.
  ByteTokens() { ids_.fill(-1); }
  explicit ByteTokens(const Vocabulary& vocabulary) {
    for (size_t byte = 0; byte < ids_.size(); ++byte) ids_[byte] = vocabulary.id(fmt::format("<0x{:02X}>", byte)).value_or(-1);
  }

  /// Appends the ids of the bytes of `text`; false, and nothing appended, where one of them has no token.
  bool append(std::string_view text, std::vector<int32_t>& ids) const {
    for (const char byte : text) {
      if (ids_[static_cast<uint8_t>(byte)] < 0) return false;
    }
    for (const char byte : text) ids.push_back(ids_[static_cast<uint8_t>(byte)]);
    return true;
  }

 private:
  std::array<int32_t, 256> ids_;
};

}  // namespace crossrank
