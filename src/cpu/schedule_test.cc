#include "cpu/schedule.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace crossrank {
namespace {

EncoderSpec encoder() {
  EncoderSpec spec;
  spec.hidden_size = 768;
  spec.intermediate_size = 1152;
  for (int i = 0; i < 22; ++i) {
    LayerSpec& layer = spec.layers.emplace_back();
    layer.gated = true;
    layer.attention.window = i % 3 == 0 ? 0 : 64;
  }
  return spec;
}

PackedBatch batch_of(const std::vector<int>& lengths) {
  PackedBatch batch;
  batch.cu_seqlens = {0};
  for (const int length : lengths) {
    for (int i = 0; i < length; ++i) {
      batch.ids.push_back(static_cast<int32_t>(1000 * lengths.size() + batch.ids.size()));
      batch.type_ids.push_back(i % 2);
      batch.position_ids.push_back(i);
    }
    batch.cu_seqlens.push_back(batch.tokens());
    batch.order.push_back(static_cast<int32_t>(batch.order.size()));
    batch.max_seqlen = std::max(batch.max_seqlen, length);
  }
  return batch;
}

std::vector<int> lengths_of(const PackedBatch& batch, const std::vector<int>& group) {
  std::vector<int> lengths;
  for (const int s : group) lengths.push_back(batch.length(s));
  return lengths;
}

TEST(Schedule, every_sequence_runs_once) {
  std::vector<int> lengths;
  for (int i = 0; i < 100; ++i) lengths.push_back(10 + i * i % 490);
  lengths.push_back(8192);
  const PackedBatch batch = batch_of(lengths);
  for (const int threads : {1, 2, 3, 16}) {
    const Schedule schedule = make_schedule(encoder(), batch, threads, 512);
    std::multiset<int> seen;
    for (const auto* groups : {&schedule.alone, &schedule.groups}) {
      for (const auto& group : *groups) {
        EXPECT_FALSE(group.empty());
        seen.insert(group.begin(), group.end());
      }
    }
    EXPECT_EQ(seen.size(), lengths.size());
    EXPECT_EQ(std::set<int>(seen.begin(), seen.end()).size(), lengths.size());
  }
}

TEST(Schedule, one_long_sequence_runs_on_all_threads) {
  const PackedBatch batch = batch_of({20, 8000, 30});
  const Schedule schedule = make_schedule(encoder(), batch, 2, 512);
  ASSERT_EQ(schedule.alone.size(), 1U);
  EXPECT_EQ(schedule.alone.front(), std::vector<int>{1});
}

TEST(Schedule, two_equal_sequences_run_one_a_thread) {
  const Schedule schedule = make_schedule(encoder(), batch_of({4000, 4000}), 2, 512);
  EXPECT_TRUE(schedule.alone.empty());
  EXPECT_EQ(schedule.groups.size(), 2U);
}

TEST(Schedule, one_thread_has_no_use_for_running_alone) {
  const Schedule schedule = make_schedule(encoder(), batch_of({8000, 20}), 1, 512);
  EXPECT_TRUE(schedule.alone.empty());
}

TEST(Schedule, few_short_sequences_are_shared_out) {
  const Schedule schedule = make_schedule(encoder(), batch_of(std::vector<int>(10, 100)), 2, 512);
  EXPECT_GE(schedule.groups.size(), 4U);
}

TEST(Schedule, groups_shrink_towards_the_end_and_begin_with_the_longest) {
  const PackedBatch batch = batch_of(std::vector<int>(200, 70));
  const Schedule schedule = make_schedule(encoder(), batch, 2, 512);
  const auto tokens = [&](const std::vector<int>& group) {
    const auto lengths = lengths_of(batch, group);
    return std::accumulate(lengths.begin(), lengths.end(), 0);
  };
  EXPECT_NEAR(tokens(schedule.groups.front()), 512, 70);
  EXPECT_LE(tokens(schedule.groups.back()), 140);
  for (const auto& group : schedule.groups) EXPECT_LE(tokens(group), 512 + 35);
}

TEST(SelectSequences, keeps_tokens_and_remembers_places) {
  const PackedBatch batch = batch_of({3, 1, 4});
  const PackedBatch part = select_sequences(batch, {2, 0});
  EXPECT_EQ(part.cu_seqlens, (std::vector<int32_t>{0, 4, 7}));
  EXPECT_EQ(part.order, (std::vector<int32_t>{2, 0}));
  EXPECT_EQ(part.max_seqlen, 4);
  EXPECT_EQ(part.ids[0], batch.ids[4]);
  EXPECT_EQ(part.ids[6], batch.ids[2]);
  EXPECT_EQ(part.position_ids, (std::vector<int32_t>{0, 1, 2, 3, 0, 1, 2}));
}

}  // namespace
}  // namespace crossrank
