#include "rank/distinct_encodings.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

std::vector<size_t> places_of(const DistinctEncodings& distinct) { return {distinct.places().begin(), distinct.places().end()}; }

TEST(DistinctEncodings, keep_one_of_each_and_say_where_it_is) {
  DistinctEncodings distinct;
  for (const int id : {7, 8, 7, 9, 8, 7}) distinct.add({{1, id}, {0, 0}, 0});
  ASSERT_EQ(distinct.encodings().size(), 3);
  EXPECT_EQ(distinct.encodings()[1].ids, (std::vector<int32_t>{1, 8}));
  EXPECT_EQ(distinct.encodings()[2].ids, (std::vector<int32_t>{1, 9}));
  EXPECT_EQ(places_of(distinct), (std::vector<size_t>{0, 1, 0, 2, 1, 0}));
}

TEST(DistinctEncodings, differ_by_ids_lengths_and_segments_and_not_by_what_was_cut) {
  DistinctEncodings distinct;
  distinct.add({{1, 2, 3}, {0, 0, 0}, 0});
  distinct.add({{1, 2, 3}, {0, 0, 1}, 0});
  distinct.add({{1, 2}, {0, 0}, 0});
  distinct.add({{1, 2, 3}, {0, 0, 0}, 40});
  EXPECT_EQ(places_of(distinct), (std::vector<size_t>{0, 1, 2, 0}));
}

TEST(DistinctEncodings, of_a_million_equal_ones_hold_one) {
  DistinctEncodings distinct;
  for (int i = 0; i < 1'000'000; ++i) distinct.add({{1, 2, 3}, {0, 0, 0}, 0});
  EXPECT_EQ(distinct.encodings().size(), 1);
  EXPECT_EQ(distinct.places().size(), 1'000'000);
}

}  // namespace
}  // namespace crossrank
