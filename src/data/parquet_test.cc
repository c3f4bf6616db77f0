// Reading and writing Parquet; a damaged file is an error that names the file and the place, and never more than that.
#include <gtest/gtest.h>

#include "base/mapped_file.h"
#include "data/dataset.h"
#include "data/examples.h"
#include "data/parquet_reader.h"
#include "data/row_writer.h"
#include "data/test_file.h"

namespace crossrank {
namespace {

class Parquet : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_parquet()) GTEST_SKIP() << "a build without Parquet";
  }
  static std::string three_groups() { return read_file("tests/goldens/data/groups.parquet", size_t{1} << 20); }
};

using Rows = std::vector<std::vector<Json>>;

Rows read(const std::string& path) {
  const auto reader = ParquetReader::open(path);
  Rows rows;
  std::vector<Json> cells;
  while (reader->next(cells)) rows.push_back(cells);
  return rows;
}

// What a file of these rows holds when it is read again.
Rows written(const std::vector<std::string>& columns, const Rows& rows) {
  const TestFile file("rows.parquet", "");
  const auto writer = RowWriter::open(file.path(), columns);
  for (const auto& row : rows) writer->write(row);
  writer->finish();
  EXPECT_EQ(ParquetReader::open(file.path())->columns(), columns);
  return read(file.path());
}

TEST_F(Parquet, rows_are_read_as_they_were_written) {
  const Rows rows = {{"a", 1, 0.5, true, Json::array({"x", "y"}), Json::array({0.5, 1.5})},
                     {nullptr, nullptr, nullptr, nullptr, nullptr, nullptr},
                     {"é", -5, 1.0, false, Json::array(), Json::array({nullptr, 2.5})}};
  EXPECT_EQ(written({"text", "count", "score", "flag", "texts", "scores"}, rows), rows);
}

TEST_F(Parquet, rows_beyond_a_row_group_are_all_there_and_in_order) {
  Rows rows;
  for (int i = 0; i < 20'000; ++i) rows.push_back({i, "text " + std::to_string(i)});
  EXPECT_EQ(written({"id", "text"}, rows), rows);
}

TEST_F(Parquet, a_file_without_rows_keeps_its_columns) { EXPECT_EQ(written({"a", "b"}, {}), Rows{}); }

TEST_F(Parquet, whole_numbers_among_fractions_become_fractions) {
  EXPECT_EQ(written({"label"}, {{1}, {0.5}, {0}}), (Rows{{1.0}, {0.5}, {0.0}}));
  EXPECT_EQ(written({"scores"}, {{Json::array({1, 0.5})}}), (Rows{{Json::array({1.0, 0.5})}}));
}

TEST_F(Parquet, a_value_of_another_type_than_its_column_names_row_and_field) {
  const auto refused = [](const Rows& rows) { return error_of([&] { written({"c"}, rows); }); };
  EXPECT_EQ(refused({{"a"}, {1}}), "rows.parquet: row 2: field c: number, where the column holds a text");
  EXPECT_EQ(refused({{Json::array({"a"})}, {"b"}}), "rows.parquet: row 2: field c: string, where the column holds lists of a text");
  EXPECT_EQ(refused({{Json::object()}}), "rows.parquet: row 1: field c: an object, which has no column type here");
}

TEST_F(Parquet, without_finish_the_old_file_stays) {
  const TestFile file("rows.parquet", "old");
  {
    const auto writer = RowWriter::open(file.path(), {"a"});
    writer->write(std::vector<Json>{1});
  }
  EXPECT_EQ(read_file(file.path(), 100), "old");
}

TEST_F(Parquet, examples_are_taken_by_the_names_of_columns_or_by_their_number) {
  const TestFile file("pairs.parquet", "");
  const auto writer = RowWriter::open(file.path(), {"answer", "question"});
  writer->write(std::vector<Json>{"a", "q"});
  writer->write(std::vector<Json>{"b", nullptr});
  writer->finish();
  ExampleReader pairs({.file = file.path()}, ExampleKind::kPair);
  Example example;
  ASSERT_TRUE(pairs.next(example));
  EXPECT_EQ(*example.query + "|" + example.document, "q|a");
  EXPECT_EQ(error_of([&] { pairs.next(example); }), "pairs.parquet:row 2: field question: expected a string, found null");
  ExampleReader documents({.file = file.path(), .text_field = "answer"}, ExampleKind::kDocument);
  ASSERT_TRUE(documents.next(example));
  EXPECT_EQ(example.document, "a");
  EXPECT_EQ(error_of([&] { ExampleReader({.file = file.path()}, ExampleKind::kDocument); }),
            "pairs.parquet: 2 columns, where one is expected; name one of several with --text-field");
}

TEST_F(Parquet, what_is_no_parquet_or_not_there_is_named) {
  const TestFile file("no.parquet", "not at all");
  EXPECT_TRUE(error_of([&] { ParquetReader::open(file.path()); }).starts_with("no.parquet: its footer: no valid Parquet: "));
  EXPECT_EQ(error_of([] { ParquetReader::open("/nowhere/no.parquet"); }), "no.parquet: No such file or directory");
  EXPECT_NE(error_of([] { ParquetReader::open("-"); }).find("cannot be read from a pipe"), std::string::npos);
}

TEST_F(Parquet, a_damaged_page_names_its_row_group_and_what_came_before_it_is_read) {
  std::string contents = three_groups();
  const Rows whole = read("tests/goldens/data/groups.parquet");
  ASSERT_EQ(whole.size(), 300u);
  // The pages of the second row group lie in the second third of the file's data.
  for (size_t at = contents.size() * 2 / 5; at < contents.size() * 2 / 5 + 40; ++at) contents[at] = '\x55';
  const TestFile file("groups.parquet", contents);
  const auto reader = ParquetReader::open(file.path());
  std::vector<Json> cells;
  size_t rows = 0;
  const std::string message = error_of([&] {
    while (reader->next(cells)) EXPECT_EQ(cells, whole[rows++]);
  });
  EXPECT_TRUE(message.starts_with("groups.parquet: row group ")) << message;
  EXPECT_LT(rows, 300u);
  EXPECT_EQ(rows % 100, 0u);
  EXPECT_FALSE(reader->next(cells)) << "nobody reads on behind damage";
}

TEST_F(Parquet, a_bit_that_flipped_in_a_page_written_here_is_found_and_names_the_column) {
  Rows rows;
  for (int i = 0; i < 64; ++i) rows.push_back({i, "text " + std::to_string(i * 7919)});
  const TestFile whole("rows.parquet", "");
  const auto writer = RowWriter::open(whole.path(), {"id", "text"});
  for (const auto& row : rows) writer->write(row);
  writer->finish();
  const std::string contents = read_file(whole.path(), size_t{1} << 20);
  const size_t footer = contents.rfind("text");  // the schema's column, some bytes into the footer
  int named = 0;
  for (size_t at = 4; at + 100 < footer; ++at) {
    std::string damaged = contents;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    const TestFile file("rows.parquet", damaged);
    Rows found;
    const std::string message = error_of([&] { found = read(file.path()); });
    // The head of a page has no checksum: what flips there may be a statistic, which changes no value. Rows that are missing are found.
    if (message.empty()) {
      EXPECT_EQ(found, rows) << "byte " << at;
    }
    named += message.starts_with("rows.parquet: row group 0: column ") ? 1 : 0;
  }
  EXPECT_GT(named, 500);
}

TEST_F(Parquet, a_file_that_is_cut_or_damaged_anywhere_is_read_or_refused_but_nothing_worse) {
  const std::string contents = three_groups();
  int refused = 0;
  for (size_t at = 0; at < contents.size(); at += 7) {
    std::string damaged = contents;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    for (const std::string& bytes : {damaged, contents.substr(0, at)}) {
      const TestFile file("d.parquet", bytes);
      refused += error_of([&] { read(file.path()); }).starts_with("d.parquet: ") ? 1 : 0;
    }
  }
  EXPECT_GT(refused, 400);
}

}  // namespace
}  // namespace crossrank
