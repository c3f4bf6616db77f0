#include "text/unicode/code_point_table.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(CodePointTable, has_each_code_points_value_within_blocks_and_over_many) {
  const std::vector<CodePointRange<uint8_t>> ranges = {{0, 7}, {65, 1}, {66, 7}, {0x3FF, 2}, {0x400, 7}, {0x10000, 3}, {0x10FFFF, 4}};
  const CodePointTable<uint8_t> table(ranges);
  size_t range = 0;
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (range + 1 < ranges.size() && ranges[range + 1].first == code_point) ++range;
    ASSERT_EQ(table.of(code_point), ranges[range].value) << static_cast<uint32_t>(code_point);
  }
}

}  // namespace
}  // namespace crossrank
