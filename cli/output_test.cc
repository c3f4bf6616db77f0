#include "cli/output.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace crossrank {
namespace {

std::string json_of(float value) {
  std::string out;
  append_json(out, value);
  return out;
}

TEST(Json, floats_are_the_shortest_text_that_reads_back_the_same) {
  EXPECT_EQ(json_of(0.98f), "0.98");
  EXPECT_EQ(json_of(1.0f), "1");
  EXPECT_EQ(json_of(1e-10f), "1e-10");
  EXPECT_EQ(json_of(16777216.0f), "16777216");
  const float third = 1.0f / 3;
  EXPECT_EQ(std::stof(json_of(third)), third);
}

TEST(Json, what_json_cannot_write_is_null) {
  EXPECT_EQ(json_of(std::numeric_limits<float>::quiet_NaN()), "null");
  EXPECT_EQ(json_of(-std::numeric_limits<float>::infinity()), "null");
}

TEST(Json, strings_are_escaped_and_repaired) {
  std::string out;
  append_json(out, std::string_view("a\"\n\0\xFF", 5));
  EXPECT_EQ(out, "\"a\\\"\\n\\u0000\uFFFD\"");
}

TEST(Json, lists) {
  std::string out;
  append_json_list(out, std::vector<float>{1, 0.5f});
  append_json_list(out, std::vector<std::string>{});
  EXPECT_EQ(out, "[1,0.5][]");
}

}  // namespace
}  // namespace crossrank
