// Ids of hostile texts, for a tokenizer of every part that crossrank has, against those of the reference.
#include <gtest/gtest.h>

#include <filesystem>

#include "text/golden_files.h"
#include "text/tokenizer.h"

namespace crossrank {
namespace {

constexpr const char* kMiniLm = "models/crossrank-minilm-l6-v1/tokenizer.json";

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  const std::string ending = ".ids.jsonl";
  for (const auto& entry : std::filesystem::directory_iterator(goldens::path(""))) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(ending)) names.push_back(name.substr(0, name.size() - ending.size()));
  }
  return names;
}

std::string tokenizer_path(const std::string& name) { return name == "minilm" ? kMiniLm : goldens::path(name + ".json"); }

// The text in an error message, cut where it would flood the terminal.
std::string shown(const Json& text) { return text.dump().substr(0, 200); }

TEST(TokenizerGoldens, there_is_one_for_every_part) { EXPECT_GE(golden_names().size(), 35u); }

TEST(TokenizerGoldens, ids_of_every_text_equal_the_references) {
  const std::vector<Json> texts = goldens::lines("texts.jsonl");
  for (const std::string& name : golden_names()) {
    SCOPED_TRACE(name);
    const auto tokenizer = Tokenizer::from_file(tokenizer_path(name));
    const std::vector<Json> expected = goldens::lines(name + ".ids.jsonl");
    ASSERT_EQ(texts.size(), expected.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      std::vector<int32_t> ids;
      tokenizer->encode(goldens::expand(texts[i]), ids);
      EXPECT_EQ(goldens::golden_form(ids), expected[i]) << "text " << i << ": " << shown(texts[i]);
    }
  }
}

TEST(TokenizerGoldens, both_forms_of_merges_give_one_tokenizer) {
  const auto strings = Tokenizer::from_file(goldens::path("modernbert_string_merges.json"));
  const auto pairs = Tokenizer::from_file(goldens::path("modernbert_pair_merges.json"));
  ASSERT_EQ(strings->vocab_size(), pairs->vocab_size());
  for (int32_t id = 0; id < strings->vocab_size(); ++id) EXPECT_EQ(strings->token(id), pairs->token(id));
}

TEST(TokenizerGoldens, tokens_and_ids_map_both_ways) {
  for (const std::string& name : golden_names()) {
    const auto tokenizer = Tokenizer::from_file(tokenizer_path(name));
    for (int32_t id = 0; id < tokenizer->vocab_size(); ++id) {
      const std::string token = tokenizer->token(id);
      if (token.empty()) continue;
      const std::optional<int32_t> found = tokenizer->token_to_id(token);
      ASSERT_TRUE(found) << name << " " << token;
      if (name == "unigram_never") {  // has pieces that are there twice
        EXPECT_EQ(tokenizer->token(*found), token);
      } else {
        EXPECT_EQ(*found, id) << name << " " << token;
      }
    }
    EXPECT_EQ(tokenizer->token(-1), "");
    EXPECT_EQ(tokenizer->token(tokenizer->vocab_size()), "");
    EXPECT_FALSE(tokenizer->token_to_id("no such token"));
  }
}

TEST(TokenizerGoldens, encode_appends) {
  const auto tokenizer = Tokenizer::from_file(kMiniLm);
  std::vector<int32_t> ids = {7};
  tokenizer->encode("hello", ids);
  EXPECT_EQ(ids, (std::vector<int32_t>{7, 7592}));
}

TEST(TokenizerGoldens, bytes_that_are_not_utf8_count_as_replacement_characters) {
  for (const std::string& name : golden_names()) {
    const auto tokenizer = Tokenizer::from_file(tokenizer_path(name));
    std::vector<int32_t> broken, replaced;
    tokenizer->encode(
        "a\xFF"
        "b \xE4\xB8 c\xED\xA0\x80 d\xC3",
        broken);
    tokenizer->encode("a\uFFFDb \uFFFD c\uFFFD\uFFFD\uFFFD d\uFFFD", replaced);
    EXPECT_EQ(broken, replaced) << name;
  }
}

}  // namespace
}  // namespace crossrank
