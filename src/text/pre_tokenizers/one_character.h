// A field of a pre-tokenizer that holds one character.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/json.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {

/// The field's string; Error where it is empty or longer than one character.
inline std::string one_character(const JsonObject& config, std::string_view name) {
  std::string text = config.string(name);
  if (text.empty() || text.size() != utf8_length(text[0])) throw config.bad_field(name, fmt::format("\"{}\" is not one character", text));
  return text;
}

}  // namespace crossrank
