#include "mining/read_pairs.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/error.h"

namespace crossrank {
namespace {

// Rows of the test's own, and a bad line where one is null.
class FakeReader : public DatasetReader {
 public:
  FakeReader(std::vector<std::string> columns, std::vector<Json> rows) : columns_(std::move(columns)), rows_(std::move(rows)) {}

  const std::vector<std::string>& columns() const override { return columns_; }
  bool next(DatasetRow& row) override {
    if (at_ == rows_.size()) return false;
    const Json& values = rows_[at_++];
    row.where = fmt::format("file:{}", at_);
    if (values.is_null()) throw error(ErrorCode::kInput, "{}: no row", row.where);
    row.values.assign(values.begin(), values.end());
    return true;
  }
  const std::string& name() const override { return name_; }
  double fraction_read() const override { return -1; }

 private:
  std::vector<std::string> columns_;
  std::vector<Json> rows_;
  size_t at_ = 0;
  std::string name_ = "file";
};

template <typename Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Error& problem) {
    return problem.what();
  }
  return "";
}

TEST(PairColumns, are_the_first_two_or_those_that_are_named) {
  const FakeReader data({"a", "b", "c"}, {});
  EXPECT_EQ(pair_columns(data, {}).anchor, "a");
  EXPECT_EQ(pair_columns(data, {}).positive, "b");
  EXPECT_EQ(pair_columns(data, {.anchor_column = "c", .positive_column = "a"}).anchor, "c");
  EXPECT_NE(error_of([&] { pair_columns(data, {.anchor_column = "b"}); }).find("column b would be queries and answers"), std::string::npos);
  EXPECT_NE(error_of([&] { pair_columns(data, {.anchor_column = "bb"}); }).find("bb"), std::string::npos);
  EXPECT_NE(error_of([&] { pair_columns(FakeReader({"only"}, {}), {}); }).find("there is only only"), std::string::npos);
}

TEST(ReadPairs, name_row_and_field_of_a_cell_that_cannot_be_mined) {
  for (const Json& bad : {Json({"q", 1}), Json({"q", nullptr}), Json({"q", Json::array({"p"})}), Json({"q", ""}), Json({"q", " \t\n"})}) {
    FakeReader data({"query", "answer"}, {Json({"q", "p"}), bad});
    MiningPairs pairs;
    const std::string message = error_of([&] { read_pairs(data, {"query", "answer"}, {}, pairs); });
    EXPECT_NE(message.find("file:2: field answer"), std::string::npos) << bad << message;
  }
}

TEST(ReadPairs, pass_over_bad_rows_where_somebody_is_told) {
  FakeReader data({"query", "answer"}, {Json({"q", "p"}), Json(), Json({"r", ""}), Json({"s", "t"})});
  std::vector<std::string> told;
  MiningPairs pairs;
  read_pairs(
      data, {"query", "answer"}, [&](const Error& problem) { told.emplace_back(problem.what()); }, pairs);
  pairs.settle();
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(pairs.queries().texts(), (std::vector<std::string>{"q", "s"}));
  EXPECT_EQ(pairs.corpus().texts(), (std::vector<std::string>{"p", "t"}));
}

TEST(ReadPairs, of_a_data_set_without_rows_is_an_error) {
  FakeReader data({"query", "answer"}, {});
  MiningPairs pairs;
  EXPECT_NE(error_of([&] { read_pairs(data, {"query", "answer"}, {}, pairs); }).find("file: empty"), std::string::npos);
}

TEST(ReadCorpus, takes_the_named_column_else_the_answers_else_text_else_the_only_one) {
  const auto first_text = [](std::vector<std::string> columns, const std::string& field) {
    Json row = Json::array();
    for (const std::string& column : columns) row.push_back("of " + column);
    FakeReader data(std::move(columns), {row});
    MiningPairs pairs;
    read_corpus(data, field, {"question", "answer"}, {}, pairs);
    return pairs.corpus().texts().at(0);
  };
  EXPECT_EQ(first_text({"id", "text", "answer"}, "id"), "of id");
  EXPECT_EQ(first_text({"id", "text", "answer"}, ""), "of answer");
  EXPECT_EQ(first_text({"id", "text"}, ""), "of text");
  EXPECT_EQ(first_text({"passage"}, ""), "of passage");
  EXPECT_NE(error_of([&] { first_text({"a", "b"}, ""); }).find("--corpus-field"), std::string::npos);
}

}  // namespace
}  // namespace crossrank
