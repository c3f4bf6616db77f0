#include "base/utf8.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(Utf8, well_formed_text_of_every_length_is_valid) {
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_TRUE(is_valid_utf8(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_valid_utf8("0123456789 caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF \xEE\x80\x80 \xF4\x8F\xBF\xBF"));
}

TEST(Utf8, surrogates_overlong_forms_and_values_past_the_last_code_point_are_invalid) {
  for (const char* bad : {"\xED\xA0\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80", "\x80", "abcdefgh\xFF", "\xE2\x82"}) {
    EXPECT_FALSE(is_valid_utf8(bad)) << bad;
  }
}

// Each expectation is bytes.decode("utf-8", errors="replace") of Python 3.11.
TEST(Utf8, each_maximal_ill_formed_part_becomes_one_replacement_character) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(replace_invalid_utf8("a\x80z"), "a" + r + "z");
  EXPECT_EQ(replace_invalid_utf8("\xE2\x82z"), r + "z");       // cut off after two of three
  EXPECT_EQ(replace_invalid_utf8("\xF0\x9F\x98"), r);          // cut off at the end
  EXPECT_EQ(replace_invalid_utf8("\xED\xA0\x80"), r + r + r);  // a surrogate: no prefix of it is well-formed
  EXPECT_EQ(replace_invalid_utf8("\xC0\xAF"), r + r);
  EXPECT_EQ(replace_invalid_utf8("\xF4\x90\x80\x80"), r + r + r + r);
  EXPECT_EQ(replace_invalid_utf8("\xE2\x28\xA1"), r + "(" + r);
  EXPECT_EQ(replace_invalid_utf8("plain, long enough to pass by words"), "plain, long enough to pass by words");
}

}  // namespace
}  // namespace crossrank
