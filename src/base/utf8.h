// UTF-8: validation and repair, as the Unicode standard recommends (maximal subparts, one U+FFFD each), which is what Python does.
#pragma once

#include <string>
#include <string_view>

namespace crossrank {

/// True when `text` is well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF). NUL is a character.
bool is_valid_utf8(std::string_view text) noexcept;

/// `text` with each maximal ill-formed part replaced by U+FFFD; equals bytes.decode("utf-8", errors="replace").
std::string replace_invalid_utf8(std::string_view text);

}  // namespace crossrank
