#include "base/option_names.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(OptionNames, every_name_parses_to_the_value_that_has_it) {
  for (const auto& named : option_names(Truncation{})) {
    EXPECT_EQ(parse_option_name<Truncation>("--truncation", named.name), named.value);
    EXPECT_EQ(option_name(named.value), named.name);
  }
}

TEST(OptionNames, a_misspelt_name_is_a_usage_error_with_the_nearest_one) {
  try {
    parse_option_name<Truncation>("--truncation", "docment");
    FAIL() << "was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_STREQ(error.what(), "--truncation: \"docment\" is none of longest_first, document, none; nearest: document");
  }
}

TEST(NearestName, is_the_one_with_the_fewest_edits) {
  const std::string_view names[] = {"rank", "predict", "tokenize", "inspect"};
  EXPECT_EQ(nearest_name("rnak", names), "rank");
  EXPECT_EQ(nearest_name("pedict", names), "predict");
  EXPECT_EQ(nearest_name("", names), "rank");
  EXPECT_EQ(nearest_name("x", {}), "");
}

}  // namespace
}  // namespace crossrank
