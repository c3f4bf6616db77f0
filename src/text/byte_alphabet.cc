#include "text/byte_alphabet.h"

#include <array>

#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

constexpr bool is_visible(int byte) { return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE; }

constexpr std::array<char16_t, 256> make_chars() {
  std::array<char16_t, 256> chars{};
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    chars[static_cast<size_t>(byte)] = static_cast<char16_t>(is_visible(byte) ? byte : next++);
  }
  return chars;
}

constexpr std::array<char16_t, 256> kChars = make_chars();
constexpr size_t kNumChars = 0x100 + 68;  // 68 bytes are not visible

constexpr std::array<int16_t, kNumChars> make_bytes() {
  std::array<int16_t, kNumChars> bytes{};
  for (int16_t& byte : bytes) byte = -1;
  for (size_t byte = 0; byte < 256; ++byte) bytes[kChars[byte]] = static_cast<int16_t>(byte);
  return bytes;
}

constexpr std::array<int16_t, kNumChars> kBytes = make_bytes();

}  // namespace

char32_t byte_to_char(unsigned char byte) noexcept { return kChars[byte]; }

std::string spell_bytes(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) append_code_point(out, byte_to_char(static_cast<unsigned char>(byte)));
  return out;
}

std::optional<std::string> read_bytes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const char32_t c = next_code_point(p);
    if (c >= kNumChars || kBytes[c] < 0) return std::nullopt;
    out.push_back(static_cast<char>(kBytes[c]));
  }
  return out;
}

}  // namespace crossrank
