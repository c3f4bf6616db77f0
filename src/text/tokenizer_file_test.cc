// What a tokenizer.json that is malformed, hostile or beyond crossrank gets: one error that names the field, and nothing allocated on
// the file's word.
#include <gtest/gtest.h>

#include <span>

#include "text/golden_files.h"
#include "text/tokenizer.h"

namespace crossrank {
namespace {

// A small file with every section, to be broken in one place.
Json valid_file() {
  return Json::parse(R"({
    "version": "1.0", "truncation": null, "padding": null,
    "added_tokens": [{"id": 0, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]},
    "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "[UNK]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
      "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
      "special_tokens": {"[UNK]": {"id": "[UNK]", "ids": [0], "tokens": ["[UNK]"]}}},
    "decoder": {"type": "Whatever"},
    "model": {"type": "BPE", "dropout": null, "unk_token": "[UNK]", "continuing_subword_prefix": null, "end_of_word_suffix": null,
              "fuse_unk": false, "vocab": {"[UNK]": 0, "a": 1, "b": 2, "ab": 3}, "merges": ["a b"]}})");
}

std::vector<int32_t> ids_of(const Json& file, std::string_view text) {
  std::vector<int32_t> ids;
  Tokenizer::from_json(file.dump(), "tokenizer.json")->encode(text, ids);
  return ids;
}

struct Broken {
  const char* at;     // a JSON pointer
  const char* value;  // what stands there instead
  ErrorCode code;
  const char* message;  // what the error says
};

const Broken kBroken[] = {
    {"/version", "\"2.0\"", ErrorCode::kUnsupported, "field version"},
    {"/model", "null", ErrorCode::kTokenizer, "field model: is missing"},
    {"/model", "[]", ErrorCode::kTokenizer, "tokenizer.json: model: expected an object"},
    {"/model/type", "\"Other\"", ErrorCode::kUnsupported, "a model of type \"Other\" is not supported"},
    {"/model/type", "\"Unigram\"", ErrorCode::kTokenizer, "field vocab: expected a list"},
    {"/model/type", "7", ErrorCode::kTokenizer, "model: field type"},
    {"/model/vocab", "[]", ErrorCode::kTokenizer, "model: vocab: expected an object"},
    {"/model/vocab/a", "-1", ErrorCode::kTokenizer, "the id of token \"a\" is -1"},
    {"/model/vocab/a", "2", ErrorCode::kTokenizer, "have the same id 2"},
    {"/model/vocab/a", "1.5", ErrorCode::kTokenizer, "the id of token \"a\" is 1.5"},
    {"/model/vocab/a", "\"1\"", ErrorCode::kTokenizer, "the id of token \"a\""},
    {"/model/vocab/a", "16777215", ErrorCode::kTokenizer, "4 tokens have ids up to 16777215"},
    {"/model/vocab/a", "4294967297", ErrorCode::kTokenizer, "the id of token \"a\" is 4294967297"},
    {"/model/vocab/a", "18446744073709551615", ErrorCode::kTokenizer, "the id of token \"a\""},
    {"/model/merges", "{}", ErrorCode::kTokenizer, "field merges: expected a list"},
    {"/model/merges/0", "\"a x\"", ErrorCode::kTokenizer, "item 0: token \"x\" is not in the vocabulary"},
    {"/model/merges/0", "\"b a\"", ErrorCode::kTokenizer, "item 0: token \"ba\" is not in the vocabulary"},
    {"/model/merges/0", "\"ab\"", ErrorCode::kTokenizer, "item 0 is neither"},
    {"/model/merges/0", "\"a b c\"", ErrorCode::kTokenizer, "item 0 is neither"},
    {"/model/merges/0", "[\"a\"]", ErrorCode::kTokenizer, "item 0 is neither"},
    {"/model/merges/0", "[\"a\", 2]", ErrorCode::kTokenizer, "item 0 is neither"},
    {"/model/merges/0", "7", ErrorCode::kTokenizer, "item 0 is neither"},
    {"/model/dropout", "0.1", ErrorCode::kUnsupported, "field dropout"},
    {"/model/byte_fallback", "1", ErrorCode::kTokenizer, "field byte_fallback"},
    {"/model/unk_token", "3", ErrorCode::kTokenizer, "field unk_token"},
    {"/normalizer", "\"NFC\"", ErrorCode::kTokenizer, "tokenizer.json: normalizer: expected an object"},
    {"/normalizer", "{}", ErrorCode::kTokenizer, "normalizer: field type: is missing"},
    {"/normalizer/normalizers/1/type", "\"Other\"", ErrorCode::kUnsupported,
     "normalizers[1]: a normalizer of type \"Other\" is not supported"},
    {"/normalizer/normalizers/1/type", "\"Precompiled\"", ErrorCode::kTokenizer, "normalizers[1]: field precompiled_charsmap: is missing"},
    {"/normalizer", R"({"type": "Replace", "pattern": {"String": "a"}})", ErrorCode::kTokenizer, "field content: is missing"},
    {"/normalizer", R"({"type": "Replace", "pattern": {"Regex": "("}, "content": "a"})", ErrorCode::kUnsupported,
     "pattern: cannot read the regular expression \"(\""},
    {"/normalizer", R"({"type": "Replace", "pattern": {}, "content": "a"})", ErrorCode::kTokenizer, "field pattern"},
    {"/normalizer", R"({"type": "Prepend"})", ErrorCode::kTokenizer, "field prepend: is missing"},
    {"/normalizer", R"({"type": "Strip", "strip_left": true})", ErrorCode::kTokenizer, "field strip_right: is missing"},
    {"/normalizer/normalizers/1", "7", ErrorCode::kTokenizer, "normalizers[1]: expected an object"},
    {"/normalizer/normalizers", "7", ErrorCode::kTokenizer, "field normalizers: expected a list"},
    {"/normalizer", "{\"type\": \"BertNormalizer\"}", ErrorCode::kTokenizer, "field clean_text: is missing"},
    {"/pre_tokenizer/type", "\"Other\"", ErrorCode::kUnsupported, "a pre-tokenizer of type \"Other\" is not supported"},
    {"/pre_tokenizer", R"({"type": "Metaspace"})", ErrorCode::kTokenizer, "field replacement: is missing"},
    {"/pre_tokenizer", R"({"type": "Metaspace", "replacement": ""})", ErrorCode::kTokenizer, "\"\" is not one character"},
    {"/pre_tokenizer", R"({"type": "Metaspace", "replacement": "ab"})", ErrorCode::kTokenizer, "\"ab\" is not one character"},
    {"/pre_tokenizer", R"({"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"})", ErrorCode::kTokenizer,
     "\"last\" is not one of"},
    {"/pre_tokenizer", R"({"type": "Metaspace", "replacement": "_", "add_prefix_space": false})", ErrorCode::kTokenizer,
     "field add_prefix_space: false does not go with prepend_scheme \"always\""},
    {"/pre_tokenizer", R"({"type": "CharDelimiterSplit", "delimiter": "--"})", ErrorCode::kTokenizer, "\"--\" is not one character"},
    {"/pre_tokenizer", R"({"type": "FixedLength", "length": 0})", ErrorCode::kTokenizer, "field length: 0 is outside"},
    {"/pre_tokenizer", "{\"type\": \"Digits\"}", ErrorCode::kTokenizer, "field individual_digits: is missing"},
    {"/pre_tokenizer", R"({"type": "Punctuation", "behavior": "Both"})", ErrorCode::kTokenizer, "field behavior: \"Both\" is not one of"},
    {"/pre_tokenizer", R"({"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated", "invert": false})", ErrorCode::kUnsupported,
     "pattern: cannot read the regular expression \"(\""},
    {"/pre_tokenizer", R"({"type": "Split", "pattern": {}, "behavior": "Isolated", "invert": false})", ErrorCode::kTokenizer,
     "field pattern"},
    {"/pre_tokenizer", R"({"type": "Split", "pattern": "a", "behavior": "Isolated", "invert": false})", ErrorCode::kTokenizer, "pattern"},
    {"/post_processor/type", "\"Other\"", ErrorCode::kUnsupported, "a post-processor of type \"Other\" is not supported"},
    {"/post_processor/single/0/SpecialToken/id", "\"[CLS]\"", ErrorCode::kTokenizer, "\"[CLS]\" is not among special_tokens"},
    {"/post_processor/single/1/Sequence/id", "\"B\"", ErrorCode::kTokenizer, "field single: uses sequence B"},
    {"/post_processor/single/1/Sequence/id", "\"C\"", ErrorCode::kTokenizer, "\"C\" is neither A nor B"},
    {"/post_processor/single/1/Sequence/type_id", "-1", ErrorCode::kTokenizer, "field type_id"},
    {"/post_processor/special_tokens/[UNK]/ids", "[99]", ErrorCode::kTokenizer, "adds id 99, but the vocabulary ends at 3"},
    {"/post_processor/special_tokens/[UNK]/ids", "[-1]", ErrorCode::kTokenizer, "field ids"},
    {"/post_processor", R"({"type": "BertProcessing", "sep": ["[SEP]"], "cls": ["[CLS]", 0]})", ErrorCode::kTokenizer, "field cls|sep"},
    {"/post_processor", R"({"type": "RobertaProcessing", "sep": ["s", 0], "cls": ["c", 0]})", ErrorCode::kTokenizer, "field trim_offsets"},
    {"/added_tokens", "{}", ErrorCode::kTokenizer, "field added_tokens: expected a list"},
    {"/added_tokens/0", "\"[UNK]\"", ErrorCode::kTokenizer, "added_tokens[0]: expected an object"},
    {"/added_tokens/0/id", "-1", ErrorCode::kTokenizer, "added_tokens[0]: field id"},
    {"/added_tokens/0/content", "null", ErrorCode::kTokenizer, "added_tokens[0]: field content: is missing"},
    {"/added_tokens/0/special", "1", ErrorCode::kTokenizer, "added_tokens[0]: field special"},
};

// Breaks each file of `broken` in its place, and expects its error.
void expect_errors(const Json& valid, std::span<const Broken> all) {
  for (const Broken& broken : all) {
    SCOPED_TRACE(std::string(broken.at) + " = " + broken.value);
    Json file = valid;
    file[Json::json_pointer(broken.at)] = Json::parse(broken.value);
    try {
      Tokenizer::from_json(file.dump(), "tokenizer.json");
      ADD_FAILURE() << "no error";
    } catch (const Error& problem) {
      const std::string message = problem.what();
      EXPECT_EQ(problem.code(), broken.code) << message;
      EXPECT_TRUE(message.starts_with("tokenizer.json: ")) << message;
      const std::string wanted = broken.message;
      const size_t either = wanted.find("cls|sep");
      EXPECT_NE(message.find(either == std::string::npos ? wanted : wanted.substr(0, either)), std::string::npos) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
}

TEST(TokenizerFile, each_broken_field_is_an_error_that_names_it) { expect_errors(valid_file(), kBroken); }

Json valid_unigram_file() {
  Json file = valid_file();
  file["added_tokens"] = Json::array();
  file["model"] = Json::parse(R"({"type": "Unigram", "unk_id": 0, "byte_fallback": false,
                                 "vocab": [["[UNK]", 0.0], ["a", -1], ["b", -2.5], ["ab", -3.25e0]]})");
  return file;
}

const Broken kBrokenUnigram[] = {
    {"/model/vocab", "{}", ErrorCode::kTokenizer, "field vocab: expected a list"},
    {"/model/vocab", "7", ErrorCode::kTokenizer, "field vocab: expected a list"},
    {"/model/vocab", "[]", ErrorCode::kTokenizer, "field unk_id: 0 is outside"},
    {"/model/vocab/2", "[\"b\"]", ErrorCode::kTokenizer, "field vocab: item 2 is not [\"piece\", score]"},
    {"/model/vocab/2", "[\"b\", 1, 2]", ErrorCode::kTokenizer, "item 2 is not"},
    {"/model/vocab/2", "[\"b\", \"c\"]", ErrorCode::kTokenizer, "item 2 is not"},
    {"/model/vocab/2", "[\"b\", null]", ErrorCode::kTokenizer, "item 2 is not"},
    {"/model/vocab/2", "[\"b\", [1]]", ErrorCode::kTokenizer, "item 2 is not"},
    {"/model/vocab/2", "[1, \"b\"]", ErrorCode::kTokenizer, "item 2 is not"},
    {"/model/vocab/2", "[]", ErrorCode::kTokenizer, "item 2 is not"},
    {"/model/vocab/2", "{}", ErrorCode::kTokenizer, "item 2 is not"},
    {"/model/vocab/2", "\"b\"", ErrorCode::kTokenizer, "item 2 is not"},
    {"/model/vocab/2", "true", ErrorCode::kTokenizer, "item 2 is not"},
    {"/model/unk_id", "4", ErrorCode::kTokenizer, "field unk_id: 4 is outside 0 to 3"},
    {"/model/unk_id", "-1", ErrorCode::kTokenizer, "field unk_id: -1 is outside 0 to 3"},
    {"/model/unk_id", "\"[UNK]\"", ErrorCode::kTokenizer, "field unk_id: expected a whole number"},
    {"/model/byte_fallback", "\"no\"", ErrorCode::kTokenizer, "field byte_fallback"},
};

TEST(TokenizerFile, each_broken_field_of_a_unigram_model_is_an_error_that_names_it) {
  EXPECT_EQ(ids_of(valid_unigram_file(), "ab ba x"), (std::vector<int32_t>{3, 2, 1, 0}));
  expect_errors(valid_unigram_file(), kBrokenUnigram);
}

TEST(TokenizerFile, scores_that_are_no_finite_numbers_are_refused) {
  for (const std::string score : {"NaN", "Infinity", "-Infinity", "1e999", "-1e999", "nan"}) {
    std::string text = valid_unigram_file().dump();
    text.replace(text.find("-2.5"), 4, score);
    EXPECT_THROW(Tokenizer::from_json(text, "tokenizer.json"), Error) << score;
  }
}

TEST(TokenizerFile, sums_of_scores_that_leave_the_range_of_numbers_are_survived) {
  Json file = valid_unigram_file();
  file["model"]["vocab"] = Json::parse(R"([["[UNK]", -1.7e308], ["a", 1.7e308], ["b", -1.7e308], ["aa", 1.7e308]])");
  file.erase("pre_tokenizer");
  EXPECT_FALSE(ids_of(file, "aaaaabbbbbbbaaaabxbxaaaaab").empty());
}

TEST(TokenizerFile, a_unigram_model_without_an_unknown_piece_needs_none_for_a_text_that_it_knows) {
  Json file = valid_unigram_file();
  file["model"].erase("unk_id");
  EXPECT_EQ(ids_of(file, "ab"), (std::vector<int32_t>{3}));
  EXPECT_THROW(ids_of(file, "abx"), Error);
  file["model"]["vocab"] = Json::array();
  file.erase("post_processor");
  EXPECT_EQ(ids_of(file, ""), (std::vector<int32_t>{}));
  EXPECT_THROW(ids_of(file, "a"), Error);
}

TEST(TokenizerFile, a_piece_longer_than_any_word_is_refused) {
  Json file = valid_unigram_file();
  file["model"]["vocab"][1][0] = std::string(4097, 'a');
  EXPECT_THROW(Tokenizer::from_json(file.dump(), "tokenizer.json"), Error);
}

TEST(TokenizerFile, of_a_piece_that_is_there_twice_the_last_counts) {
  Json file = valid_unigram_file();
  file["model"]["vocab"].push_back({"a", -9.0});
  EXPECT_EQ(ids_of(file, "a"), (std::vector<int32_t>{4}));
  EXPECT_EQ(Tokenizer::from_json(file.dump(), "tokenizer.json")->token(1), "a");
}

TEST(TokenizerFile, the_file_that_is_not_broken_loads) {
  EXPECT_EQ(ids_of(valid_file(), "ab [UNK] AB xa"), (std::vector<int32_t>{3, 0, 3, 0, 1}));
}

TEST(TokenizerFile, text_that_is_no_json_is_an_error_with_its_place) {
  for (const std::string text : {"", "{", "nul", "[1", "\"\\ud800\"", "{\"a\": \xFF}"}) {
    EXPECT_THROW(Tokenizer::from_json(text, "t.json"), Error) << text;
  }
  EXPECT_THROW(Tokenizer::from_json("[]", "t.json"), Error);
  EXPECT_THROW(Tokenizer::from_file("no/such/file.json"), Error);
}

TEST(TokenizerFile, deep_nesting_is_an_error) {
  std::string normalizer = R"({"type": "NFC"})";
  for (int i = 0; i < 5000; ++i) normalizer.insert(0, R"({"type": "Sequence", "normalizers": [)").append("]}");
  EXPECT_THROW(Tokenizer::from_json(R"({"normalizer": )" + normalizer + "}", "t.json"), Error);
  EXPECT_THROW(Tokenizer::from_json(std::string(1000000, '['), "t.json"), Error);
}

TEST(TokenizerFile, truncation_and_padding_of_the_file_are_left_to_the_caller) {
  Json file = valid_file();
  file["truncation"] = {{"max_length", 1}, {"strategy", "LongestFirst"}, {"stride", 0}};
  file["padding"] = {{"strategy", {{"Fixed", 128}}}, {"direction", "Right"}, {"pad_id", 0}, {"pad_type_id", 0}, {"pad_token", "[UNK]"}};
  EXPECT_EQ(ids_of(file, "ab ab ab"), (std::vector<int32_t>{3, 3, 3}));
}

TEST(TokenizerFile, models_of_old_files_are_known_by_their_fields) {
  Json file = valid_file();
  file["model"].erase("type");
  EXPECT_EQ(ids_of(file, "ab"), (std::vector<int32_t>{3}));
  file["model"] = Json::parse(R"({"unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                                 "vocab": {"[UNK]": 0, "a": 1, "##b": 2}})");
  EXPECT_EQ(ids_of(file, "ab abb b"), (std::vector<int32_t>{1, 2, 1, 2, 2, 0}));
  file["model"].erase("max_input_chars_per_word");
  EXPECT_EQ(ids_of(file, "a ab ##b"), (std::vector<int32_t>{1, 0, 0, 0}));
  file["model"] = Json::parse(R"({"unk_id": 0, "vocab": [["[UNK]", 0], ["a", -1], ["b", -1]]})");
  EXPECT_EQ(ids_of(file, "ab"), (std::vector<int32_t>{1, 2}));
}

// As a parser that keeps one value a key: the first "a" leaves its id free, for "b" here. What `between` adds makes the text one that a
// parser reads.
TEST(TokenizerFile, of_a_token_that_is_there_twice_the_last_id_counts) {
  for (const char* between : {"", R"("\ud83d\udc4d": 3, )"}) {
    const std::string text = std::string(R"({"model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 1, )") + between +
                             R"("b": 1, "a": 0, "c": 2, "c": 2}}, "pre_tokenizer": {"type": "Whitespace"}})";
    const auto tokenizer = Tokenizer::from_json(text, "tokenizer.json");
    std::vector<int32_t> ids;
    tokenizer->encode("a b c x", ids);
    EXPECT_EQ(ids, (std::vector<int32_t>{0, 1, 2, 0}));
    EXPECT_EQ(tokenizer->token(1), "b");
  }
}

TEST(TokenizerFile, an_unknown_token_that_is_absent_matters_only_when_it_is_needed) {
  Json file = valid_file();
  file["model"]["unk_token"] = "<none>";
  EXPECT_EQ(ids_of(file, "ab"), (std::vector<int32_t>{3}));
  EXPECT_THROW(ids_of(file, "x"), Error);
}

TEST(TokenizerFile, added_tokens_beyond_the_vocabulary_are_numbered_on_from_its_size) {
  Json file = valid_file();
  Json token = file["added_tokens"][0];
  token["content"] = "<new>";
  token["id"] = 77;  // says what it was; the reference numbers it anew
  file["added_tokens"].push_back(token);
  EXPECT_EQ(ids_of(file, "a<new>b"), (std::vector<int32_t>{1, 4, 2}));
}

TEST(TokenizerFile, a_pattern_that_backtracks_without_end_is_stopped) {
  Json file = valid_file();
  file["pre_tokenizer"] =
      Json::parse(R"({"type": "Split", "pattern": {"Regex": "(a|a)*(a|a)*c"}, "behavior": "Isolated", "invert": false})");
  EXPECT_THROW(ids_of(file, std::string(3000, 'a')), Error);
}

}  // namespace
}  // namespace crossrank
