#include "text/normalizers/charsmap.h"

#include <gtest/gtest.h>

#include "text/normalizers/normalizer.h"

namespace crossrank {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) out.push_back(i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 63]);
  }
  return out;
}

void append_u32(std::string& out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

// The map {"a": first, "ab": second}: "a" at unit 256 + 'a', "ab" at 512 + 'b', their values at 512 and 768.
struct Map {
  std::vector<uint32_t> units = std::vector<uint32_t>(1024);
  std::string replacements = std::string("first\0second\0\u00e9", 15);

  Map() {
    constexpr uint32_t kEndsString = 1 << 8;
    units[0] = 256 << 10;
    units[256 + 'a'] = ((256 + 'a') ^ 512) << 10 | kEndsString | 'a';
    units[512] = uint32_t{1} << 31 | 0;
    units[512 + 'b'] = ((512 + 'b') ^ 768) << 10 | kEndsString | 'b';
    units[768] = uint32_t{1} << 31 | 6;
  }
  std::string bytes() const {
    std::string out;
    append_u32(out, static_cast<uint32_t>(4 * units.size()));
    for (const uint32_t unit : units) append_u32(out, unit);
    return out + replacements;
  }
};

Charsmap load(const std::string& field) {
  const Json json = {{"map", field}};
  return Charsmap(JsonObject(json, "here", ErrorCode::kTokenizer), "map");
}

std::string refusal(const std::string& field) {
  try {
    load(field);
    return "";
  } catch (const Error& problem) {
    return problem.what();
  }
}

TEST(Charsmap, the_shortest_string_that_begins_a_text_counts) {
  const Charsmap map = load(base64(Map().bytes()));
  EXPECT_EQ(map.find("a"), "first");
  EXPECT_EQ(map.find("ab"), "first");
  EXPECT_EQ(map.find("b"), std::nullopt);
  EXPECT_EQ(map.find(""), std::nullopt);
  EXPECT_EQ(map.find(std::string_view("\0a", 2)), std::nullopt);
  Map longer;
  longer.units[256 + 'a'] &= ~uint32_t{1 << 8};
  EXPECT_EQ(load(base64(longer.bytes())).find("abc"), "second");
  EXPECT_EQ(load(base64(longer.bytes())).find("a"), std::nullopt);
}

TEST(Charsmap, every_byte_of_a_text_is_a_safe_look_up) {
  const Charsmap map = load(base64(Map().bytes()));
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const char text[] = {static_cast<char>(a), static_cast<char>(b)};
      EXPECT_EQ(map.find({text, 2}).has_value(), a == 'a');
    }
  }
}

TEST(Charsmap, what_is_malformed_is_one_error_that_says_so) {
  const std::string good = base64(Map().bytes());
  EXPECT_EQ(refusal(good), "");
  for (const std::string& bad : {good.substr(1), good + "A", "?" + good.substr(1), std::string("===="), std::string("AB=C")}) {
    EXPECT_EQ(refusal(bad), "here: field map: is not base64");
  }
  for (const std::string& bytes :
       {std::string(), std::string("\0\4", 2), Map().bytes().substr(0, 2000), std::string(4, '\0'), std::string(4, '\xFF')}) {
    EXPECT_NE(refusal(base64(bytes)).find("do not begin with the size of a trie"), std::string::npos) << bytes.size();
  }
  Map odd;
  odd.units.resize(1000);
  EXPECT_NE(refusal(base64(odd.bytes())).find("blocks of 1024 bytes"), std::string::npos);
}

TEST(Charsmap, a_trie_that_leads_outside_is_refused) {
  Map root;
  root.units[0] = 1024 << 10;
  EXPECT_EQ(refusal(base64(root.bytes())), "here: field map: unit 0 of its trie points outside");
  root.units[0] |= uint32_t{1} << 31;
  EXPECT_EQ(refusal(base64(root.bytes())), "here: field map: unit 0 of its trie points outside");
  Map scaled;
  scaled.units[256 + 'a'] |= 1 << 9;
  EXPECT_EQ(refusal(base64(scaled.bytes())), "here: field map: unit 353 of its trie points outside");
  Map value;
  value.units[512] = uint32_t{1} << 31 | 16;
  EXPECT_EQ(refusal(base64(value.bytes())), "here: field map: unit 353 of its trie points to no replacement");
  value.units[512] = uint32_t{1} << 31 | 14;  // inside a character
  EXPECT_EQ(refusal(base64(value.bytes())), "here: field map: unit 353 of its trie points to no replacement");
  Map text;
  text.replacements[3] = '\xFF';
  EXPECT_EQ(refusal(base64(text.bytes())), "here: field map: its replacements are not UTF-8");
  text.replacements = std::string(300, 'x');
  EXPECT_NE(refusal(base64(text.bytes())).find("a replacement of more than 256 bytes"), std::string::npos);
}

TEST(Charsmap, precompiled_looks_up_short_clusters_whole_and_long_ones_by_character) {
  const Json config = {{"type", "Precompiled"}, {"precompiled_charsmap", base64(Map().bytes())}};
  const auto normalizer = make_normalizer(JsonObject(config, "here", ErrorCode::kTokenizer));
  const auto normalized = [&](std::string text) {
    normalizer->normalize(text);
    return text;
  };
  EXPECT_EQ(normalized("xaby"), "xfirstby");
  EXPECT_EQ(normalized("a\u0301a\u0301\u0301"), "firstfirst");              // clusters of 3 and 5 bytes
  EXPECT_EQ(normalized("a\u0301\u0301\u0301"), "first\u0301\u0301\u0301");  // 7 bytes
  EXPECT_EQ(normalized("x\u0301"), "x\u0301");
}

}  // namespace
}  // namespace crossrank
