#include "text/vocabulary_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "text/tokenizer_json.h"

namespace crossrank {
namespace {

// What the vocabulary of this text holds, or "no" where it is left to a parser.
std::string shown(const std::string& text) {
  const std::optional<VocabularyText> found = find_vocabulary(text);
  if (!found) return "no";
  const auto& [pieces, ids] = found->vocabulary;
  const std::string whole = text.substr(found->begin, found->end - found->begin);
  const std::string brackets = {whole.front(), whole.back()};
  std::string out = brackets == (ids ? "{}" : "[]") ? "" : "bad place ";
  for (size_t i = 0; i < pieces.size(); ++i) out += fmt::format("{}={} ", pieces.text(i), pieces.value(i));
  for (size_t i = 0; ids && i < ids->size(); ++i) out += fmt::format("{}:{} ", ids->text(i), ids->value(i));
  return out;
}

std::string file_with(const std::string& vocab) {
  return R"({"version": "1.0", "x": [{"model": {"vocab": [1]}}, "}"], "model": {"a": null, "vocab": )" + vocab + "}}";
}

TEST(VocabularyText, is_found_in_its_place_alone) {
  EXPECT_EQ(shown(file_with(R"([["a", -1.5], ["b",2] ,[ "c" , 1e1 ]])")), "a=-1.5 b=2 c=10 ");
  EXPECT_EQ(shown(file_with("[]")), "");
  EXPECT_EQ(shown(R"({"vocab": [["a", 1]]})"), "no");
  EXPECT_EQ(shown(R"([{"model": {"vocab": [["a", 1]]}}])"), "no");
  EXPECT_EQ(shown(R"({"model": [{"vocab": [["a", 1]]}]})"), "no");
  EXPECT_EQ(shown(file_with("3")), "no");
  EXPECT_EQ(shown(file_with(R"({"a": 0, "b" :7 ,"a":2})")), "a:0 b:7 a:2 ");
  EXPECT_EQ(shown(file_with("{}")), "");
}

TEST(VocabularyText, escapes_are_read) {
  EXPECT_EQ(shown(file_with(R"([["\"\\\/\n\u2581\u00e9\u0041", 1]])")), "\"\\/\n\u2581\u00e9A=1 ");
  EXPECT_EQ(shown(file_with(R"({"\u0120the\"": 5})")), "\u0120the\":5 ");
  EXPECT_EQ(shown(file_with(R"([["\ud83d\udc4d", 1]])")), "no");
  EXPECT_EQ(shown(file_with(R"({"\ud83d\udc4d": 1})")), "no");
  EXPECT_EQ(shown(file_with(R"([["\ud83d", 1]])")), "no");
}

TEST(VocabularyText, what_is_not_plain_is_left_to_a_parser) {
  for (const char* vocab : {"[[\"a\", 1],]",
                            "[[\"a\", 01]]",
                            "[[\"a\", 1.]]",
                            "[[\"a\", .5]]",
                            "[[\"a\", 1e]]",
                            "[[\"a\", +1]]",
                            "[[\"a\", 1e999]]",
                            "[[\"a\"]]",
                            "[[\"a\", 1, 2]]",
                            "[[1, \"a\"]]",
                            "[[\"a\", \"b\"]]",
                            "[[\"a\nb\", 1]]",
                            "{\"a\": 1,}",
                            "{\"a\": -1}",
                            "{\"a\": 1.0}",
                            "{\"a\": 1e2}",
                            "{\"a\": 16777216}",
                            "{\"a\": 99999999999}",
                            "{\"a\": \"1\"}",
                            "{\"a\" 1}",
                            "{\"\xFF\": 1}",
                            "[[\"\\x\", 1]]",
                            "[[\"\\u12\", 1]]",
                            "[[\"\xFF\", 1]]",
                            "[[\"a\", 1]",
                            "[[\"a",
                            "["}) {
    EXPECT_EQ(shown(file_with(vocab)), "no") << vocab;
  }
  EXPECT_EQ(shown(""), "no");
  EXPECT_EQ(shown("{\"model\": {\"vocab\": \"\\"), "no");
}

// A key may be there twice, once spelled in escapes; the last counts, as for a parser.
TEST(VocabularyText, of_two_lists_the_last_counts) {
  const std::string text = R"({"model": {"vocab": [["a", 1]]}, "\u006dodel": {"type": "x", "vocab": [["b", 2], ["c", 3]]}})";
  const TokenizerJson file = parse_tokenizer_json(text, "t.json");
  ASSERT_EQ(file.vocabulary.pieces.size(), 2u);
  EXPECT_EQ(file.vocabulary.pieces.text(0), "b");
  EXPECT_EQ(file.tree.at("model").at("type"), "x");
}

TEST(VocabularyText, of_two_objects_the_last_counts) {
  const TokenizerJson file = parse_tokenizer_json(R"({"model": {"vocab": {"a": 0}, "voc\u0061b": {"b": 1}}})", "t.json");
  EXPECT_FALSE(file.vocabulary.ids);
  EXPECT_EQ(file.tree.at("model").at("vocab"), Json({{"b", 1}}));
}

TEST(VocabularyText, an_object_is_taken_from_the_tree) {
  const TokenizerJson file =
      parse_tokenizer_json(R"({"model": {"vocab": {"a": 0, "b": 1}, "type": "x"}, "y": {"vocab": {"c": 2}}})", "t.json");
  ASSERT_TRUE(file.vocabulary.ids);
  EXPECT_EQ(file.vocabulary.ids->size(), 2u);
  EXPECT_EQ(file.tree.at("model").at("vocab"), Json::object());
  EXPECT_EQ(file.tree.at("y").at("vocab"), Json({{"c", 2}}));
}

TEST(VocabularyText, an_error_elsewhere_names_its_place_in_the_whole_text) {
  try {
    parse_tokenizer_json(R"({"model": {"vocab": [["a", 1], ["b", 2]]}, nul})", "t.json");
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(), "t.json: not valid JSON near byte 47");
  }
}

}  // namespace
}  // namespace crossrank
