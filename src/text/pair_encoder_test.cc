#include "text/pair_encoder.h"

#include <gtest/gtest.h>

#include <map>

#include "text/golden_files.h"

namespace crossrank {
namespace {

std::shared_ptr<const Tokenizer> load(const std::string& name) { return Tokenizer::from_file(goldens::path(name + ".json")); }

ErrorCode code_of(auto&& call) {
  try {
    call();
  } catch (const Error& problem) {
    return problem.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::kIo;
}

TEST(PairEncoder, pairs_are_cut_as_the_reference_cuts_them) {
  std::map<std::string, std::shared_ptr<const Tokenizer>> tokenizers;
  int compared = 0;
  for (const Json& golden : goldens::lines("pairs.jsonl")) {
    auto& tokenizer = tokenizers[golden.at("tokenizer").get<std::string>()];
    if (tokenizer == nullptr) tokenizer = load(golden.at("tokenizer").get<std::string>());
    const auto query = golden.at("query").get<std::string>(), document = golden.at("document").get<std::string>();
    const Truncation truncation = golden.at("truncation") == "only_second" ? Truncation::kDocument : Truncation::kLongestFirst;
    const PairEncoder encoder(tokenizer, golden.at("max_length").get<int>(), truncation);
    SCOPED_TRACE(golden.dump());
    if (golden.contains("error")) {
      EXPECT_EQ(code_of([&] { (void)encoder.encode(TextPair{query, document}); }), ErrorCode::kInput);
      continue;
    }
    const Encoding encoding = encoder.encode(TextPair{query, document});
    EXPECT_EQ(Json(encoding.ids), golden.at("ids"));
    EXPECT_EQ(Json(encoding.type_ids), golden.at("type_ids"));
    ++compared;
  }
  EXPECT_GT(compared, 300);
}

TEST(PairEncoder, counts_what_it_cut) {
  const auto tokenizer = load("wordpiece_bert");
  const TextPair pair = {"the river", "the stone and the lantern and the harbour"};
  const Encoding whole = PairEncoder(tokenizer, 1000, Truncation::kLongestFirst).encode(pair);
  EXPECT_EQ(whole.truncated, 0);
  for (int max_length = 3; max_length < whole.length() + 3; ++max_length) {
    const Encoding cut = PairEncoder(tokenizer, max_length, Truncation::kLongestFirst).encode(pair);
    EXPECT_EQ(cut.length() + cut.truncated, whole.length());
    EXPECT_LE(cut.length(), max_length);
    EXPECT_EQ(cut.ids.size(), cut.type_ids.size());
  }
}

TEST(PairEncoder, one_text_is_cut_at_its_end) {
  const auto tokenizer = load("wordpiece_bert");
  const Encoding whole = PairEncoder(tokenizer, 1000, Truncation::kDocument).encode("the river and the stone");
  const Encoding cut = PairEncoder(tokenizer, 5, Truncation::kDocument).encode("the river and the stone");
  EXPECT_EQ(cut.length(), 5);
  EXPECT_EQ(cut.truncated, whole.length() - 5);
  EXPECT_EQ(cut.ids.back(), whole.ids.back());
  EXPECT_EQ(cut.ids[3], whole.ids[3]);
}

TEST(PairEncoder, special_tokens_must_fit) {
  const auto tokenizer = load("wordpiece_bert");
  EXPECT_EQ(code_of([&] { PairEncoder(tokenizer, 2, Truncation::kLongestFirst); }), ErrorCode::kUsage);
  EXPECT_EQ(code_of([&] { PairEncoder(tokenizer, -1, Truncation::kLongestFirst); }), ErrorCode::kUsage);
  EXPECT_EQ(PairEncoder(tokenizer, 3, Truncation::kLongestFirst).encode(TextPair{"a", "b"}).length(), 3);
}

TEST(PairEncoder, without_truncation_a_pair_that_is_too_long_is_an_error_with_both_lengths) {
  const auto tokenizer = load("wordpiece_bert");
  const PairEncoder encoder(tokenizer, 8, Truncation::kNone);
  EXPECT_EQ(encoder.encode(TextPair{"the", "river"}).truncated, 0);
  try {
    (void)encoder.encode(TextPair{"the river", "the the the the the"});
    FAIL();
  } catch (const Error& problem) {
    EXPECT_EQ(problem.code(), ErrorCode::kInput);
    EXPECT_NE(std::string(problem.what()).find("a document of 5"), std::string::npos) << problem.what();
  }
  EXPECT_EQ(code_of([&] { (void)encoder.encode("the the the the the the the"); }), ErrorCode::kInput);
}

TEST(PairEncoder, an_absurdly_large_max_length_cuts_nothing) {
  const auto tokenizer = load("roberta");
  EXPECT_EQ(PairEncoder(tokenizer, INT32_MAX, Truncation::kLongestFirst).encode(TextPair{"the river", "the stone"}).truncated, 0);
}

}  // namespace
}  // namespace crossrank
