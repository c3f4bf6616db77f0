// code_points: a text as its characters, where a model card counts, cuts or escapes them.
#pragma once

#include <string>
#include <string_view>

namespace crossrank {

/// Bytes that are not UTF-8 are U+FFFD.
std::u32string code_points(std::string_view text);

void append_utf8(char32_t code_point, std::string& out);

/// len() in Python.
size_t num_code_points(std::string_view text);

}  // namespace crossrank
