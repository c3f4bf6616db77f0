#include "cli/table.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(OneLine, is_cut_to_the_width_with_three_dots) {
  EXPECT_EQ(one_line("poetry", 6), "poetry");
  EXPECT_EQ(one_line("poetry is", 8), "poetr...");
}

TEST(OneLine, counts_wide_characters_as_two_columns_and_combining_ones_as_none) {
  EXPECT_EQ(one_line("詩詩詩詩", 8), "詩詩詩詩");
  EXPECT_EQ(one_line("詩詩詩詩", 7), "詩詩...");
  EXPECT_EQ(one_line("e\u0301e\u0301e\u0301", 3), "e\u0301e\u0301e\u0301");
}

TEST(OneLine, no_document_can_send_commands_to_the_terminal) {
  EXPECT_EQ(one_line("a\x1b[2Jb\nc\u009b1mz\u202Ed", 80), "a [2Jb c 1mz d");
  EXPECT_EQ(one_line("a\xFF", 80), "a\uFFFD");
}

TEST(Table, aligns_columns_and_fits_the_width) {
  const std::string header[] = {"rank", "score", "text"};
  const std::vector<std::vector<std::string>> rows = {{"1", "0.98", "short"}, {"10", "0.5", "a text that is too long for the line"}};
  EXPECT_EQ(table(header, rows, 33),
            "rank  score  text\n"
            "   1   0.98  short\n"
            "  10    0.5  a text that is to...\n");
}

}  // namespace
}  // namespace crossrank
