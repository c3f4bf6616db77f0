// The byte-level alphabet of GPT-2: each byte spelled as one visible character, so that vocabularies are text ("Ġ" is a space).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace crossrank {

/// The character that stands for `byte`: itself where it is visible Latin-1, else one from U+0100 on.
char32_t byte_to_char(unsigned char byte) noexcept;

/// `bytes` spelled in the alphabet.
std::string spell_bytes(std::string_view bytes);

/// The bytes that `text` (well-formed UTF-8) spells, or nothing when a character is not of the alphabet.
std::optional<std::string> read_bytes(std::string_view text);

}  // namespace crossrank
