// Code points of well-formed UTF-8, one after another. The tokenizer repairs its input first, so nothing here checks again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace crossrank {

/// The code point at `p`, which moves past it.
inline char32_t next_code_point(const char*& p) noexcept {
  const auto byte = [](char c) { return static_cast<char32_t>(static_cast<uint8_t>(c)); };
  const char32_t lead = byte(p[0]);
  if (lead < 0x80) {
    p += 1;
    return lead;
  }
  if (lead < 0xE0) {
    const char32_t code_point = (lead & 0x1F) << 6 | (byte(p[1]) & 0x3F);
    p += 2;
    return code_point;
  }
  if (lead < 0xF0) {
    const char32_t code_point = (lead & 0x0F) << 12 | (byte(p[1]) & 0x3F) << 6 | (byte(p[2]) & 0x3F);
    p += 3;
    return code_point;
  }
  const char32_t code_point = (lead & 0x07) << 18 | (byte(p[1]) & 0x3F) << 12 | (byte(p[2]) & 0x3F) << 6 | (byte(p[3]) & 0x3F);
  p += 4;
  return code_point;
}

/// The code point that ends before `p`, which moves back to its start. `p` is not at the start of the text.
inline char32_t previous_code_point(const char*& p) noexcept {
  do {
    --p;
  } while ((static_cast<uint8_t>(*p) & 0xC0) == 0x80);
  const char* start = p;
  return next_code_point(start);
}

/// Bytes of the character that begins with `lead`.
inline size_t utf8_length(char lead) noexcept {
  const auto byte = static_cast<uint8_t>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

inline void append_code_point(std::string& out, char32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
    return;
  }
  if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | c >> 6));
  } else {
    if (c < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | c >> 12));
    } else {
      out.push_back(static_cast<char>(0xF0 | c >> 18));
      out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3F)));
    }
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
  }
  out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
}

}  // namespace crossrank
