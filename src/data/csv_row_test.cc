#include "data/csv_row.h"

#include <gtest/gtest.h>

#include "data/test_file.h"

namespace crossrank {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const std::string& contents, char separator = ',') {
  const TestFile file("rows.csv", contents);
  LineReader lines(file.path());
  Rows rows;
  std::vector<std::string> fields;
  int64_t line = 0;
  while (next_csv_row(lines, separator, fields, line)) rows.push_back(fields);
  return rows;
}

TEST(CsvRow, splits_at_separators) {
  EXPECT_EQ(rows_of("a,b\nc,\n"), (Rows{{"a", "b"}, {"c", ""}}));
  EXPECT_EQ(rows_of("a,b\tc\n", '\t'), (Rows{{"a,b", "c"}}));
}

TEST(CsvRow, quotes_hold_separators_line_ends_and_doubled_quotes) {
  EXPECT_EQ(rows_of("\"a,b\",\"c\r\nd\"\"e\"\"\"\nf,\"\"\n"), (Rows{{"a,b", "c\r\nd\"e\""}, {"f", ""}}));
}

TEST(CsvRow, a_quote_inside_an_unquoted_field_is_text) { EXPECT_EQ(rows_of("5\" nails,x\n"), (Rows{{"5\" nails", "x"}})); }

TEST(CsvRow, empty_lines_are_passed_over) { EXPECT_EQ(rows_of("\na\n\r\n\"\"\n\n"), (Rows{{"a"}, {""}})); }

TEST(CsvRow, invalid_utf8_is_replaced) { EXPECT_EQ(rows_of("a\xFF,b\n"), (Rows{{"a\xEF\xBF\xBD", "b"}})); }

TEST(CsvRow, text_after_a_closing_quote_names_line_and_field) {
  EXPECT_EQ(error_of([] { rows_of("a,b\nc,\"d\" e\n"); }),
            "rows.csv:2: field 2: text after the closing quote; double a quote that belongs to the text");
}

TEST(CsvRow, a_quote_that_nothing_closes_names_the_line_where_the_row_began) {
  EXPECT_EQ(error_of([] { rows_of("a\n\"b\nc\nd\n"); }), "rows.csv:2: a quoted field that no quote closes");
}

TEST(CsvRow, a_missing_quote_in_a_large_file_stops_at_the_limit) {
  std::string contents = "\"a\n";
  for (int i = 0; i < 18; ++i) contents += std::string(1 << 20, 'x') + "\n";
  EXPECT_EQ(error_of([&] { rows_of(contents); }), "rows.csv:1: a quoted field longer than 16 MiB; is its closing quote missing?");
}

TEST(CsvRow, rows_say_where_they_begin) {
  const TestFile file("rows.csv", "\"a\nb\"\nc\n");
  LineReader lines(file.path());
  std::vector<std::string> fields;
  int64_t line = 0;
  next_csv_row(lines, ',', fields, line);
  EXPECT_EQ(line, 1);
  next_csv_row(lines, ',', fields, line);
  EXPECT_EQ(line, 3);
}

}  // namespace
}  // namespace crossrank
