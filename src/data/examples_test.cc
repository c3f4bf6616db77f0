#include "data/examples.h"

#include <gtest/gtest.h>

#include "data/test_file.h"
#include "data/test_packing.h"

namespace crossrank {
namespace {

using Texts = std::vector<std::string>;

// "QUERY|DOCUMENT" for each pair, "DOCUMENT" for each text alone.
Texts read(const std::string& name, const std::string& contents, ExampleKind kind, InputOptions options = {}) {
  const TestFile file(name, contents);
  options.file = file.path();
  ExampleReader reader(options, kind);
  Texts texts;
  Example example;
  while (reader.next(example)) texts.push_back(example.query ? *example.query + "|" + example.document : example.document);
  return texts;
}

Texts documents(const std::string& name, const std::string& contents, InputOptions options = {}) {
  return read(name, contents, ExampleKind::kDocument, options);
}
Texts pairs(const std::string& name, const std::string& contents, InputOptions options = {}) {
  return read(name, contents, ExampleKind::kPair, options);
}

TEST(Documents, a_text_file_holds_one_a_line_and_an_empty_line_counts) {
  EXPECT_EQ(documents("d.txt", "one\n\nthree"), (Texts{"one", "", "three"}));
}

TEST(Documents, json_lines_hold_strings_or_objects_with_a_text) {
  EXPECT_EQ(documents("d.jsonl", "\"one\"\n\n{\"text\": \"two\", \"id\": 7}\n"), (Texts{"one", "two"}));
  EXPECT_EQ(documents("d.jsonl", "{\"body\": \"two\"}\n", {.text_field = "body"}), (Texts{"two"}));
}

TEST(Documents, a_lone_surrogate_escape_and_invalid_utf8_are_replaced) {
  EXPECT_EQ(documents("d.jsonl", "\"a\\ud800b\"\n\"\xFF\"\n"), (Texts{"a\xEF\xBF\xBD"
                                                                      "b",
                                                                      "\xEF\xBF\xBD"}));
  EXPECT_EQ(documents("d.txt", "\xC3\x28\n"), (Texts{"\xEF\xBF\xBD("}));
}

TEST(Documents, csv_takes_the_column_named_text_or_the_one_that_the_user_names_or_the_only_one) {
  EXPECT_EQ(documents("d.csv", "id,text\n1,one\n2,two\n"), (Texts{"one", "two"}));
  EXPECT_EQ(documents("d.tsv", "id\tbody\n1\tone\n", {.text_field = "body"}), (Texts{"one"}));
  EXPECT_EQ(documents("d.csv", "one\ntwo\n"), (Texts{"one", "two"}));
}

TEST(Documents, other_file_names_are_json_lines_when_the_first_line_is_json) {
  EXPECT_EQ(documents("d", "{\"text\": \"one\"}\n"), (Texts{"one"}));
  EXPECT_EQ(documents("d", "\"one\"\n\"two\"\n"), (Texts{"one", "two"}));
  EXPECT_EQ(documents("d", "\"One,\" she said.\n{two\n"), (Texts{"\"One,\" she said.", "{two"}));
  EXPECT_EQ(documents("d", "one\n", {.format = InputFormat::kText}), (Texts{"one"}));
}

TEST(Documents, bad_records_name_file_line_and_field) {
  EXPECT_EQ(error_of([] { documents("d.jsonl", "\"a\"\n{\"text\": 5}\n"); }), "d.jsonl:2: field text: expected a string, found number");
  EXPECT_EQ(error_of([] { documents("d.jsonl", "{\"body\": \"b\"}\n"); }), "d.jsonl:1: field text: is missing");
  EXPECT_EQ(error_of([] { documents("d.jsonl", "[1]\n"); }), "d.jsonl:1: expected a string or {\"text\": ...}, found array");
  EXPECT_EQ(error_of([] { documents("d.jsonl", "\"a\"\n{bad\n"); }), "d.jsonl:2: not valid JSON near byte 2");
  EXPECT_EQ(error_of([] { documents("d.csv", "text,id\na,1\nb\n"); }), "d.csv:3: 1 columns, where the first row has 2");
  EXPECT_EQ(error_of([] { documents("d.csv", "a,b\n"); }),
            "d.csv:1: 2 columns, where one is expected; name one of several with --text-field");
  EXPECT_EQ(error_of([] { documents("d.csv", "id,title\n", {.text_field = "body"}); }),
            "d.csv:1: field body: no such column; there are: id, title");
}

TEST(Documents, packed_files_are_read_and_other_ways_of_packing_are_refused_with_the_way_out) {
  EXPECT_EQ(documents("d.jsonl.gz", gzip("\"one\"\n")), (Texts{"one"}));
  EXPECT_EQ(documents("d.txt.zst", zstd("one\n")), (Texts{"one"}));
  EXPECT_NE(error_of([] { documents("d.txt.xz", ""); }).find("xzcat"), std::string::npos);
}

TEST(Pairs, come_from_json_lines_and_from_two_columns_with_or_without_a_header) {
  EXPECT_EQ(pairs("p.jsonl", "{\"query\": \"q\", \"document\": \"d\"}\n"), (Texts{"q|d"}));
  EXPECT_EQ(pairs("p.csv", "q,d\nq2,d2\n"), (Texts{"q|d", "q2|d2"}));
  EXPECT_EQ(pairs("p.csv", "document,Query\nd,q\n"), (Texts{"q|d"}));
  EXPECT_EQ(pairs("p.tsv", "question\tanswer\nq\td\n"), (Texts{"q|d"}));
  EXPECT_EQ(pairs("p.csv", "a,b,c\n1,2,3\n", {.query_field = "c", .text_field = "a"}), (Texts{"3|1"}));
}

TEST(Pairs, bad_records_name_file_line_and_field) {
  EXPECT_EQ(error_of([] { pairs("p.jsonl", "{\"query\": \"q\"}\n"); }), "p.jsonl:1: field document: is missing");
  EXPECT_EQ(error_of([] { pairs("p.jsonl", "{\"query\": null, \"document\": \"d\"}\n"); }), "p.jsonl:1: field query: is missing");
  EXPECT_EQ(error_of([] { pairs("p.jsonl", "\"q\"\n"); }), "p.jsonl:1: expected an object, found string");
  EXPECT_EQ(error_of([] { pairs("p.csv", "q\n"); }),
            "p.csv:1: 1 column, where two are expected, query and document; name two of several with --query-field and --text-field");
  EXPECT_NE(error_of([] { pairs("p.txt", "q\td\n"); }).find("p.txt: plain text, where pairs are expected"), std::string::npos);
}

TEST(Pairs, reading_goes_on_after_a_bad_line) {
  const TestFile file("p.jsonl", "{\"query\": 1, \"document\": \"d\"}\n{\"query\": \"q\", \"document\": \"d\"}\n");
  ExampleReader reader({.file = file.path()}, ExampleKind::kPair);
  Example example;
  EXPECT_THROW(reader.next(example), Error);
  ASSERT_TRUE(reader.next(example));
  EXPECT_EQ(*example.query, "q");
  EXPECT_FALSE(reader.next(example));
}

TEST(Either, is_a_pair_where_there_are_two_texts_and_else_a_text) {
  const auto either = [](const char* name, const char* contents) { return read(name, contents, ExampleKind::kEither); };
  EXPECT_EQ(either("e.jsonl", "\"one\"\n{\"query\": \"q\", \"document\": \"d\"}\n{\"text\": \"t\"}\n"), (Texts{"one", "q|d", "t"}));
  EXPECT_EQ(either("e.csv", "q,d\n"), (Texts{"q|d"}));
  EXPECT_EQ(either("e.csv", "one\n"), (Texts{"one"}));
  EXPECT_EQ(either("e.csv", "id,text\n1,t\n"), (Texts{"t"}));
  EXPECT_EQ(either("e.txt", "one\n"), (Texts{"one"}));
}

std::vector<RankRequest> requests(const std::string& contents) {
  const TestFile file("r.jsonl", contents);
  RequestReader reader({.file = file.path()});
  std::vector<RankRequest> all;
  RankRequest request;
  while (reader.next(request)) all.push_back(request);
  return all;
}

TEST(Requests, have_a_query_documents_and_any_id) {
  const auto all =
      requests("{\"query\": \"q\", \"documents\": [\"a\", {\"text\": \"b\"}], \"id\": \"x\"}\n{\"query\": \"r\", \"documents\": []}\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, "x");
  EXPECT_EQ(all[0].query, "q");
  EXPECT_EQ(all[0].documents, (Texts{"a", "b"}));
  EXPECT_TRUE(all[1].id.is_null());
  EXPECT_TRUE(all[1].documents.empty());
}

TEST(Requests, bad_ones_name_line_and_field) {
  EXPECT_EQ(error_of([] { requests("{\"query\": \"q\", \"documents\": [\"a\", 5]}\n"); }),
            "r.jsonl:1: field documents[1]: expected a string or {\"text\": ...}, found number");
  EXPECT_EQ(error_of([] { requests("{\"query\": \"q\", \"documents\": \"a\"}\n"); }),
            "r.jsonl:1: field documents: expected a list, found string");
  EXPECT_EQ(error_of([] { requests("{\"documents\": []}\n"); }), "r.jsonl:1: field query: is missing");
}

}  // namespace
}  // namespace crossrank
