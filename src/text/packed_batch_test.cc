#include "text/packed_batch.h"

#include <gtest/gtest.h>

#include <numeric>

namespace crossrank {
namespace {

std::vector<Encoding> encodings_of(const std::vector<int>& lengths) {
  std::vector<Encoding> encodings;
  for (size_t i = 0; i < lengths.size(); ++i) {
    Encoding encoding;
    for (int t = 0; t < lengths[i]; ++t) {
      encoding.ids.push_back(static_cast<int32_t>(100 * i) + t);
      encoding.type_ids.push_back(t % 2);
    }
    encodings.push_back(encoding);
  }
  return encodings;
}

std::vector<int32_t> order_of(const std::vector<PackedBatch>& batches) {
  std::vector<int32_t> order;
  for (const PackedBatch& batch : batches) order.insert(order.end(), batch.order.begin(), batch.order.end());
  return order;
}

TEST(PackedBatch, every_sequence_is_there_once_and_whole) {
  const std::vector<Encoding> encodings = encodings_of({3, 7, 1, 7, 20, 2, 5});
  for (const int max_tokens : {1, 7, 10, 21, 1000}) {
    std::vector<int> seen(encodings.size(), 0);
    for (const PackedBatch& batch : pack(encodings, max_tokens)) {
      ASSERT_EQ(batch.cu_seqlens.front(), 0);
      ASSERT_EQ(batch.cu_seqlens.back(), batch.tokens());
      for (int s = 0; s < batch.sequences(); ++s) {
        const Encoding& encoding = encodings[static_cast<size_t>(batch.order[static_cast<size_t>(s)])];
        ++seen[static_cast<size_t>(batch.order[static_cast<size_t>(s)])];
        ASSERT_EQ(batch.length(s), encoding.length());
        EXPECT_LE(batch.length(s), batch.max_seqlen);
        for (int t = 0; t < batch.length(s); ++t) {
          const auto token = static_cast<size_t>(batch.cu_seqlens[static_cast<size_t>(s)] + t);
          EXPECT_EQ(batch.ids[token], encoding.ids[static_cast<size_t>(t)]);
          EXPECT_EQ(batch.type_ids[token], encoding.type_ids[static_cast<size_t>(t)]);
          EXPECT_EQ(batch.position_ids[token], t);
        }
      }
    }
    EXPECT_EQ(seen, std::vector<int>(encodings.size(), 1));
  }
}

TEST(PackedBatch, longest_come_first_and_equal_lengths_keep_their_order) {
  EXPECT_EQ(order_of(pack(encodings_of({3, 7, 1, 7, 20, 3, 7}), 1000)), (std::vector<int32_t>{4, 1, 3, 6, 0, 5, 2}));
}

TEST(PackedBatch, a_batch_keeps_to_the_budget_and_a_longer_sequence_runs_alone) {
  const std::vector<PackedBatch> batches = pack(encodings_of({20, 6, 5, 4, 1}), 10);
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_EQ(batches[0].order, (std::vector<int32_t>{0}));
  EXPECT_EQ(batches[0].max_seqlen, 20);
  EXPECT_EQ(batches[1].order, (std::vector<int32_t>{1}));
  EXPECT_EQ(batches[2].order, (std::vector<int32_t>{2, 3, 4}));
}

TEST(PackedBatch, nothing_packs_into_nothing) { EXPECT_TRUE(pack({}, 100).empty()); }

TEST(PositionsPastPadding, count_tokens_that_are_no_padding_from_behind_its_id) {
  std::vector<Encoding> encodings(2);
  encodings[0].ids = {0, 7, 1, 8, 1};
  encodings[1].ids = {1, 9};
  for (Encoding& encoding : encodings) encoding.type_ids.assign(encoding.ids.size(), 0);
  const PackedBatch batch = pack(encodings, 100).front();
  EXPECT_EQ(positions_past_padding(batch, 1), (std::vector<int32_t>{2, 3, 1, 4, 1, 1, 2}));
  EXPECT_EQ(positions_past_padding(batch, 5), (std::vector<int32_t>{6, 7, 8, 9, 10, 6, 7}));
}

}  // namespace
}  // namespace crossrank
