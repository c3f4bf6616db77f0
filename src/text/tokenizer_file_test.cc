// What a tokenizer.json that is malformed, hostile or beyond crossrank gets: one error that names the field, and nothing allocated on
// the file's word.
#include <gtest/gtest.h>

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
    {"/model/type", "\"Unigram\"", ErrorCode::kUnsupported, "a model of type \"Unigram\" is not supported"},
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
    {"/model/byte_fallback", "true", ErrorCode::kUnsupported, "field byte_fallback"},
    {"/model/unk_token", "3", ErrorCode::kTokenizer, "field unk_token"},
    {"/normalizer", "\"NFC\"", ErrorCode::kTokenizer, "tokenizer.json: normalizer: expected an object"},
    {"/normalizer", "{}", ErrorCode::kTokenizer, "normalizer: field type: is missing"},
    {"/normalizer/normalizers/1/type", "\"Precompiled\"", ErrorCode::kUnsupported,
     "normalizers[1]: a normalizer of type \"Precompiled\" is not supported"},
    {"/normalizer/normalizers/1", "7", ErrorCode::kTokenizer, "normalizers[1]: expected an object"},
    {"/normalizer/normalizers", "7", ErrorCode::kTokenizer, "field normalizers: expected a list"},
    {"/normalizer", "{\"type\": \"BertNormalizer\"}", ErrorCode::kTokenizer, "field clean_text: is missing"},
    {"/pre_tokenizer/type", "\"Metaspace\"", ErrorCode::kUnsupported, "a pre-tokenizer of type \"Metaspace\" is not supported"},
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

TEST(TokenizerFile, each_broken_field_is_an_error_that_names_it) {
  for (const Broken& broken : kBroken) {
    SCOPED_TRACE(std::string(broken.at) + " = " + broken.value);
    Json file = valid_file();
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
  for (int i = 0; i < 5000; ++i) normalizer = R"({"type": "Sequence", "normalizers": [)" + normalizer + "]}";
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
