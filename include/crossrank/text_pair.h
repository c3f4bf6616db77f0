// TextPair: what a cross-encoder scores.
#pragma once

#include <string_view>

namespace crossrank {

/// A query and a document, UTF-8; views that the caller keeps alive. Bytes that are not UTF-8 count as U+FFFD.
struct TextPair {
  std::string_view query;
  std::string_view document;
};

}  // namespace crossrank
