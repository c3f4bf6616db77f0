#include "train/ordered_prefetch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>

namespace crossrank {
namespace {

std::vector<int64_t> all_of(OrderedPrefetch<int64_t>& items) {
  std::vector<int64_t> values;
  while (const auto item = items.next()) values.push_back(*item);
  return values;
}

TEST(OrderedPrefetch, items_come_in_order_with_any_number_of_threads) {
  for (const int workers : {0, 1, 3}) {
    OrderedPrefetch<int64_t> items(2, 50, workers, 4, [](int64_t index) {
      if (index % 7 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return index * index;
    });
    const std::vector<int64_t> values = all_of(items);
    ASSERT_EQ(values.size(), 48u) << workers;
    for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], static_cast<int64_t>((i + 2) * (i + 2)));
  }
}

TEST(OrderedPrefetch, threads_make_no_more_ahead_than_asked) {
  std::atomic<int64_t> made = 0;
  OrderedPrefetch<int64_t> items(0, 100, 2, 3, [&](int64_t index) {
    ++made;
    return index;
  });
  (void)items.next();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_LE(made.load(), 5);
}

TEST(OrderedPrefetch, an_error_comes_when_its_item_is_due) {
  OrderedPrefetch<int64_t> items(0, 4, 2, 8, [](int64_t index) {
    if (index == 2) throw std::runtime_error("row 2");
    return index;
  });
  EXPECT_EQ(items.next(), 0);
  EXPECT_EQ(items.next(), 1);
  EXPECT_THROW(items.next(), std::runtime_error);
  EXPECT_EQ(items.next(), 3);
  EXPECT_EQ(items.next(), std::nullopt);
}

TEST(OrderedPrefetch, threads_end_though_nobody_takes_their_items) {
  OrderedPrefetch<int64_t> items(0, 1000, 2, 2, [](int64_t index) { return index; });
}

}  // namespace
}  // namespace crossrank
