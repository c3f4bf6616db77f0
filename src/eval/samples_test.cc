// Rows of data sets as what evaluators take: reranking samples and labeled pairs.
#include <gtest/gtest.h>

#include "data/test_file.h"
#include "eval/labeled_pairs.h"
#include "eval/reranking.h"
#include "eval/test_goldens.h"

namespace crossrank {
namespace {

std::vector<RerankingSample> samples_in(const std::string& contents, const RerankingFields& fields = {}) {
  const TestFile file("d.jsonl", contents);
  return read_reranking_samples(*DatasetReader::open({.path = file.path()}), fields);
}

std::string samples_error(const std::string& contents, const RerankingFields& fields = {}) {
  return error_of([&] { samples_in(contents, fields); });
}

std::vector<LabeledPair> pairs_in(const std::string& contents, const LabeledPairFields& fields = {}, const std::string& name = "d.jsonl") {
  const TestFile file(name, contents);
  return read_labeled_pairs(*DatasetReader::open({.path = file.path()}), fields);
}

std::string pairs_error(const std::string& contents, const LabeledPairFields& fields = {}) {
  return error_of([&] { pairs_in(contents, fields); });
}

TEST(Samples, positives_are_a_list_or_one_text) {
  const auto lists = samples_in(R"({"query": "q", "positive": ["a", "b"], "negative": ["c"]})");
  ASSERT_EQ(lists.size(), 1u);
  EXPECT_EQ(lists[0].positive, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(lists[0].negative, (std::vector<std::string>{"c"}));
  EXPECT_FALSE(lists[0].documents);
  const auto text = samples_in(R"({"query": "q", "positive": "a", "documents": ["c", "a"]})");
  EXPECT_EQ(text[0].positive, (std::vector<std::string>{"a"}));
  EXPECT_EQ(text[0].documents, (std::vector<std::string>{"c", "a"}));
}

TEST(Samples, columns_can_have_other_names_and_others_are_passed_over) {
  const auto samples = samples_in(R"({"id": 7, "question": "q", "answer": "a", "candidates": ["a", "b"], "negative": null})",
                                  {.query = "question", .positive = "answer", .documents = "candidates"});
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].query, "q");
  EXPECT_EQ(samples[0].documents->size(), 2u);
}

TEST(Samples, what_the_reference_cannot_take_is_an_error_that_names_the_row) {
  const std::string good = R"({"query": "q", "positive": ["a"], "negative": ["b"], "documents": null})"
                           "\n";
  EXPECT_EQ(samples_error(good + R"({"query": "q", "positive": ["a"], "negative": ["b"], "documents": ["b"]})")
                .rfind("d.jsonl:2: both of the fields", 0),
            0u);
  EXPECT_EQ(samples_error(good + R"({"query": "q", "positive": ["a"], "negative": null, "documents": null})")
                .rfind("d.jsonl:2: neither of the fields", 0),
            0u);
  EXPECT_EQ(
      samples_error(good + R"({"query": "q", "positive": ["a"], "documents": []})").rfind("d.jsonl:2: field documents: an empty list", 0),
      0u);
  EXPECT_NE(samples_error(R"({"query": "q", "positive": ["a"], "negative": [1]})").find("d.jsonl:1: field negative"), std::string::npos);
  EXPECT_NE(samples_error(R"({"query": ["q"], "positive": ["a"], "negative": ["b"]})").find("d.jsonl:1: field query"), std::string::npos);
}

TEST(Samples, a_column_that_is_absent_is_named_with_those_there_are) {
  EXPECT_NE(samples_error(R"({"queri": "q", "positive": ["a"], "negative": ["b"]})").find("queri"), std::string::npos);
  const std::string neither = samples_error(R"({"query": "q", "positive": ["a"], "others": ["b"]})");
  EXPECT_NE(neither.find("neither a column negative nor a column documents among query, positive, others"), std::string::npos) << neither;
}

TEST(Samples, no_rows_are_an_error) {
  EXPECT_NE(samples_error(""), "");
  EXPECT_NE(pairs_error(""), "");
}

TEST(Samples, the_label_is_found_by_name_and_the_texts_are_what_is_left) {
  const auto pairs = pairs_in(R"({"premise": "a", "label": 1, "hypothesis": "b"})");
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(pairs[0].first, "a");
  EXPECT_EQ(pairs[0].second, "b");
  EXPECT_EQ(pairs[0].label, 1);
}

TEST(Samples, sentence_columns_win_over_others_and_named_ones_over_both) {
  const std::string line = R"({"id": "x", "sentence2": "b", "sentence1": "a", "gold": 0.5, "score": 3})";
  EXPECT_EQ(pairs_in(line)[0].first, "a");
  EXPECT_EQ(pairs_in(line)[0].label, 3);
  const auto named = pairs_in(line, {.first = "id", .second = "sentence1", .label = "gold"});
  EXPECT_EQ(named[0].first, "x");
  EXPECT_EQ(named[0].second, "a");
  EXPECT_EQ(named[0].label, 0.5);
}

TEST(Samples, labels_of_csv_are_numbers_though_they_are_texts_there) {
  const auto pairs = pairs_in("a,b,label\nx,y,1\nx,z,0.25\n", {}, "d.csv");
  EXPECT_EQ(pairs[0].label, 1);
  EXPECT_EQ(pairs[1].label, 0.25);
  EXPECT_EQ(pairs_in(R"({"a": "x", "b": "y", "label": true})")[0].label, 1);
}

TEST(Samples, a_label_that_is_no_number_names_row_and_field) {
  EXPECT_EQ(pairs_error(R"({"a": "x", "b": "y", "label": "entailment"})").rfind("d.jsonl:1: field label: expected a number", 0), 0u);
  EXPECT_EQ(pairs_error(R"({"a": "x", "b": "y", "label": null})").rfind("d.jsonl:1: field label: expected a number", 0), 0u);
  EXPECT_EQ(pairs_error(R"({"a": "x", "b": "y", "label": "nan"})").rfind("d.jsonl:1: field label: expected a number", 0), 0u);
}

TEST(Samples, columns_that_do_not_say_which_are_the_texts_are_an_error_with_the_way_out) {
  EXPECT_NE(pairs_error(R"({"a": "x", "b": "y", "c": "z", "label": 1})").find("--text1-field"), std::string::npos);
  EXPECT_NE(pairs_error(R"({"a": "x", "b": "y"})").find("--label-field"), std::string::npos);
}

}  // namespace
}  // namespace crossrank
