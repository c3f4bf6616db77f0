#include "data/split_spec.h"

#include <gtest/gtest.h>

#include "data/test_file.h"

namespace crossrank {
namespace {

std::string rows(std::string_view text, int64_t num_rows) {
  const RowRange range = parse_split_spec(text).range(num_rows);
  return std::to_string(range.begin) + "-" + std::to_string(range.end);
}

TEST(SplitSpec, slices_by_rows_from_both_ends) {
  EXPECT_EQ(rows("train", 7), "0-7");
  EXPECT_EQ(rows("train[:3]", 7), "0-3");
  EXPECT_EQ(rows("train[2:]", 7), "2-7");
  EXPECT_EQ(rows("train[-2:]", 7), "5-7");
  EXPECT_EQ(rows("train[:-2]", 7), "0-5");
  EXPECT_EQ(rows("train[-20:90]", 7), "0-7");
  EXPECT_EQ(rows("train[1_0:1_2]", 100), "10-12");
  EXPECT_EQ(rows("train[5:3]", 7), "5-5");
}

// int(round(percent * rows / 100)) in Python: a half goes to the even row.
TEST(SplitSpec, percents_go_to_the_nearest_row_and_halves_to_the_even_one) {
  EXPECT_EQ(rows("train[10%:20%]", 15), "2-3");
  EXPECT_EQ(rows("train[:50%]", 5), "0-2");
  EXPECT_EQ(rows("train[:50%]", 7), "0-4");
  EXPECT_EQ(rows("train[-10%:]", 25), "23-25");
  EXPECT_EQ(rows("train[33%:](closest)", 10), "3-10");
  EXPECT_EQ(rows("train[:33%](pct1_dropremainder)", 199), "0-33");
}

TEST(SplitSpec, knows_the_name_and_whether_rows_must_be_counted) {
  EXPECT_EQ(parse_split_spec("my_split.v2[:5]").split, "my_split.v2");
  EXPECT_FALSE(parse_split_spec("train[2:5]").needs_count());
  EXPECT_TRUE(parse_split_spec("train[-2:]").needs_count());
  EXPECT_TRUE(parse_split_spec("train[:5%]").needs_count());
}

TEST(SplitSpec, what_is_no_split_is_refused_with_examples) {
  for (const char* text : {"", "train[", "train[5]", "train[a:]", "train[:1e3]", "train]", "a-b", "train[:5](up)", "train[:120%]", "a..b",
                           "train[:99999999999999999999]", "train:[3]"}) {
    EXPECT_EQ(error_of([&] { parse_split_spec(text); }),
              "--split " + std::string(text) + ": no split; write train, train[:1000], train[-5:] or train[10%:20%]");
  }
  EXPECT_NE(error_of([] { parse_split_spec("t[:5%](pct1_dropremainder)").range(99); }).find("at least 100"), std::string::npos);
}

}  // namespace
}  // namespace crossrank
