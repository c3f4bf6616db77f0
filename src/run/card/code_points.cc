#include "run/card/code_points.h"

#include "base/utf8.h"

namespace crossrank {

std::u32string code_points(std::string_view text) {
  std::u32string out;
  for (const char byte : replace_invalid_utf8(text)) {
    const auto value = static_cast<unsigned char>(byte);
    if (value < 0x80) out += value;
    else if (value < 0xC0) out.back() = out.back() << 6 | (value & 0x3FU);
    else out += value < 0xE0 ? value & 0x1FU : value < 0xF0 ? value & 0x0FU : value & 0x07U;
  }
  return out;
}

void append_utf8(char32_t code_point, std::string& out) {
  const auto low_bits = [&](int shift) { out += static_cast<char>(0x80U | (code_point >> shift & 0x3FU)); };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0U | code_point >> 6);
    low_bits(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0U | code_point >> 12);
    low_bits(6);
    low_bits(0);
  } else {
    out += static_cast<char>(0xF0U | code_point >> 18);
    low_bits(12);
    low_bits(6);
    low_bits(0);
  }
}

size_t num_code_points(std::string_view text) { return code_points(text).size(); }

}  // namespace crossrank
