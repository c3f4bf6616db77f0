#include "data/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace crossrank {
namespace {

TEST(GlobMatch, a_star_stays_within_a_part_of_the_path) {
  EXPECT_TRUE(glob_match("data/*.csv", "data/a.csv"));
  EXPECT_FALSE(glob_match("data/*.csv", "data/b/a.csv"));
  EXPECT_FALSE(glob_match("*.csv", "data/a.csv"));
  EXPECT_TRUE(glob_match("*a*b*", "xxaxabx"));
  EXPECT_FALSE(glob_match("*a*b", "xxaxabx"));
}

TEST(GlobMatch, two_stars_stand_for_any_parts_and_at_the_end_for_one_at_least) {
  EXPECT_TRUE(glob_match("**/a.csv", "a.csv"));
  EXPECT_TRUE(glob_match("**/a.csv", "x/y/a.csv"));
  EXPECT_TRUE(glob_match("x/**/a.csv", "x/a.csv"));
  EXPECT_TRUE(glob_match("x/**", "x/y/z"));
  EXPECT_FALSE(glob_match("x/**", "x"));
  EXPECT_FALSE(glob_match("x/**/a.csv", "y/x/a.csv"));
  EXPECT_TRUE(glob_match("**", "x/y"));
}

TEST(GlobMatch, sets_hold_characters_ranges_and_their_opposite) {
  EXPECT_TRUE(glob_match("train-[0-9][0-9]*", "train-07.csv"));
  EXPECT_FALSE(glob_match("train-[0-9][0-9]*", "train-a7.csv"));
  EXPECT_TRUE(glob_match("a[-._ 0-9]b", "a-b"));
  EXPECT_TRUE(glob_match("a[-._ 0-9]b", "a b"));
  EXPECT_TRUE(glob_match("[!a-c]x", "dx"));
  EXPECT_FALSE(glob_match("[!a-c]x", "bx"));
  EXPECT_TRUE(glob_match("[]]", "]"));
  EXPECT_TRUE(glob_match("[ab", "[ab"));  // nothing closes it: a character
}

TEST(GlobMatch, hostile_patterns_end) {
  std::string pattern, path;
  for (int i = 0; i < 200; ++i) pattern += "**/*a*a*a*a*/";
  for (int i = 0; i < 200; ++i) path += "aaaaaaaaaaaaaaaaaaaaaaaab/";
  EXPECT_FALSE(glob_match(pattern + "x", path + "y"));
}

}  // namespace
}  // namespace crossrank
