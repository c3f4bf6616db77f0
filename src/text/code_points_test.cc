// Every code point through every normalizer and pre-tokenizer, against the reference: the Unicode versions agree.
#include <gtest/gtest.h>

#include <array>

#include "text/golden_files.h"
#include "text/normalizers/normalizer.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

uint32_t crc32(std::string_view bytes, uint32_t crc) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> entries{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t entry = i;
      for (int bit = 0; bit < 8; ++bit) entry = (entry & 1) != 0 ? 0xEDB88320u ^ entry >> 1 : entry >> 1;
      entries[i] = entry;
    }
    return entries;
  }();
  crc = ~crc;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<uint8_t>(byte)) & 0xFF] ^ crc >> 8;
  return ~crc;
}

// As in tools/make_tokenizer_goldens.py.
std::string block_text(char32_t first) {
  std::string text;
  for (char32_t c = first; c < first + 0x100; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string character;
    append_code_point(character, c);
    text += " " + character + " a" + character + "b\u0316" + character + "\u0301x1" + character + "2";
  }
  return text;
}

std::string joined(const Pieces& pieces) {
  std::string out;
  for (const std::string_view piece : pieces.views()) {
    if (piece.data() != pieces.views().front().data()) out += '\n';
    out += piece;
  }
  return out;
}

// What a part makes of a text, whichever kind it is.
std::string output(const Normalizer* normalizer, const PreTokenizer* pre_tokenizer, std::string text) {
  if (normalizer != nullptr) {
    normalizer->normalize(text);
    return text;
  }
  Pieces pieces(text, true);
  pre_tokenizer->split(pieces);
  return joined(pieces);
}

// The normalizer Precompiled of a golden tokenizer, which may stand in a Sequence: its map is too long to be there twice.
Json precompiled_of(const std::string& tokenizer) {
  const Json file = parse_json(goldens::read(goldens::path(tokenizer + ".json")), tokenizer, ErrorCode::kInput);
  const Json& normalizer = file.at("normalizer");
  return normalizer.contains("normalizers") ? normalizer.at("normalizers").at(0) : normalizer;
}

TEST(CodePoints, every_part_treats_every_code_point_as_the_reference_does) {
  const Json goldens = parse_json(goldens::read(goldens::path("code_points.json")), "code_points.json", ErrorCode::kInput);
  ASSERT_EQ(goldens.size(), 20u);
  for (const auto& [name, golden] : goldens.items()) {
    const Json& given = golden.at("config");
    const Json part = given.contains("of") ? precompiled_of(given.at("of").get<std::string>()) : given;
    const JsonObject config(part, name, ErrorCode::kInput);
    const bool is_normalizer = !name.ends_with("PreTokenizer") && name != "ByteLevel" && !name.starts_with("Whitespace") &&
                               name != "Punctuation" && name != "Digits";
    const auto normalizer = is_normalizer ? make_normalizer(config) : nullptr;
    const auto pre_tokenizer = is_normalizer ? nullptr : make_pre_tokenizer(config);
    const Json& expected = golden.at("crc32");
    ASSERT_EQ(expected.size(), 0x110u);
    for (uint32_t region = 0; region < 0x110; ++region) {
      uint32_t crc = 0;
      for (uint32_t block = 0; block < 0x10; ++block) {
        crc = crc32(output(normalizer.get(), pre_tokenizer.get(), block_text(region * 0x1000 + block * 0x100)), crc);
      }
      EXPECT_EQ(crc, expected[region].get<uint32_t>())
          << name << fmt::format(" U+{:04X}..U+{:04X}", region * 0x1000, region * 0x1000 + 0xFFF);
    }
  }
}

}  // namespace
}  // namespace crossrank
