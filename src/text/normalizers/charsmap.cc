#include "text/normalizers/charsmap.h"

#include <array>

#include "base/error.h"
#include "base/utf8.h"

namespace crossrank {
namespace {

constexpr uint32_t kValueBit = uint32_t{1} << 31;

// Every character of a text can become as much; the longest in use has 33 bytes.
constexpr size_t kMaxReplacementBytes = 256;

uint32_t label(uint32_t unit) noexcept { return unit & (kValueBit | 0xFF); }
bool ends_string(uint32_t unit) noexcept { return (unit >> 8 & 1) != 0; }
uint32_t offset(uint32_t unit) noexcept { return unit >> 10 << ((unit & uint32_t{1} << 9) >> 6); }

constexpr std::array<int8_t, 256> make_base64_digits() {
  std::array<int8_t, 256> digits{};
  for (int8_t& digit : digits) digit = -1;
  for (int i = 0; i < 26; ++i) {
    digits[static_cast<size_t>('A' + i)] = static_cast<int8_t>(i);
    digits[static_cast<size_t>('a' + i)] = static_cast<int8_t>(26 + i);
  }
  for (int i = 0; i < 10; ++i) digits[static_cast<size_t>('0' + i)] = static_cast<int8_t>(52 + i);
  digits['+'] = 62;
  digits['/'] = 63;
  return digits;
}

// Standard base64 with its padding, nothing in between; false for anything else.
bool decode_base64(std::string_view text, std::string& bytes) {
  static constexpr std::array<int8_t, 256> kDigits = make_base64_digits();
  if (text.size() % 4 != 0) return false;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t group = 0;
  for (size_t i = 0; i < text.size() - padding; ++i) {
    const int8_t digit = kDigits[static_cast<uint8_t>(text[i])];
    if (digit < 0) return false;
    group = group << 6 | static_cast<uint32_t>(digit);
    if (i % 4 != 3) continue;
    for (const int shift : {16, 8, 0}) bytes.push_back(static_cast<char>(group >> shift));
    group = 0;
  }
  if (padding == 1) {
    bytes.push_back(static_cast<char>(group >> 10));
    bytes.push_back(static_cast<char>(group >> 2));
    return (group & 3) == 0;
  }
  if (padding == 2) {
    bytes.push_back(static_cast<char>(group >> 4));
    return (group & 15) == 0;
  }
  return true;
}

uint32_t read_u32(std::string_view bytes, size_t at) noexcept {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + i])) << 8 * i;
  return value;
}

}  // namespace

Charsmap::Charsmap(const JsonObject& config, std::string_view name) {
  constexpr uint32_t kBlock = 256;  // children of a unit lie in one block of as many units: whole blocks are never left
  std::string bytes;
  if (!decode_base64(config.string(name), bytes)) throw config.bad_field(name, "is not base64");
  const size_t size = bytes.size() < 4 ? 0 : read_u32(bytes, 0);
  if (size == 0 || size % (4 * kBlock) != 0 || size > bytes.size() - 4) {
    throw config.bad_field(name,
                           fmt::format("{} bytes do not begin with the size of a trie in blocks of {} bytes", bytes.size(), 4 * kBlock));
  }
  units_.resize(size / 4);
  for (size_t i = 0; i < units_.size(); ++i) units_[i] = read_u32(bytes, 4 + 4 * i);
  replacements_ = bytes.substr(4 + size);
  if (!is_valid_utf8(replacements_)) throw config.bad_field(name, "its replacements are not UTF-8");
  replacements_.push_back('\0');
  for (size_t i = 0; i < units_.size(); ++i) {
    if (i > 0 && (units_[i] & kValueBit) != 0) continue;
    const size_t children = i ^ offset(units_[i]);
    if (children >= units_.size()) throw config.bad_field(name, fmt::format("unit {} of its trie points outside", i));
    if (!ends_string(units_[i])) continue;
    const size_t value = units_[children] & ~kValueBit;
    if (value >= replacements_.size() || (static_cast<uint8_t>(replacements_[value]) & 0xC0) == 0x80) {
      throw config.bad_field(name, fmt::format("unit {} of its trie points to no replacement", i));
    }
    if (replacements_.find('\0', value) - value > kMaxReplacementBytes) {
      throw config.bad_field(name,
                             fmt::format("unit {} of its trie points to a replacement of more than {} bytes", i, kMaxReplacementBytes));
    }
  }
}

std::optional<std::string_view> Charsmap::find(std::string_view text) const noexcept {
  uint32_t at = offset(units_[0]);
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte == 0) break;
    at ^= byte;
    const uint32_t unit = units_[at];
    if (label(unit) != byte) break;
    at ^= offset(unit);
    if (ends_string(unit)) return replacements_.data() + (units_[at] & ~kValueBit);
  }
  return std::nullopt;
}

}  // namespace crossrank
