// Tests of batch_order.h against the reference's loaders; goldens by tools/make_batch_order_goldens.py.
#include "run/batch_order.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "base/mapped_file.h"
#include "run/mersenne_twister.h"

namespace crossrank {
namespace {

const Json& golden() {
  static const Json json = parse_json(read_file("tests/goldens/train/batch_order.json", 1 << 20), "batch_order.json", ErrorCode::kInput);
  return json;
}

BatchSampler sampler_named(const std::string& name) {
  return name == "no_duplicates"    ? BatchSampler::kNoDuplicates
         : name == "group_by_label" ? BatchSampler::kGroupByLabel
                                    : BatchSampler::kBatchSampler;
}

BatchOrderRows rows_of(const Json& data) {
  const auto cell = [&data](const char* column, int64_t row) { return data.at(column).at(static_cast<size_t>(row)); };
  return {.values =
              [cell](int64_t row) {
                return std::vector<std::string>{cell("query", row), cell("document", row)};
              },
          .label = [cell](int64_t row) { return cell("label", row).dump(); }};
}

TEST(BatchOrder, batches_are_those_of_the_reference_at_the_same_seed) {
  for (const Json& one : golden().at("cases")) {
    const BatchSampler sampler = sampler_named(one.at("sampler"));
    // data_seed orders the rows of the default sampler; the other two look at seed alone.
    const bool by_data_seed = !one.at("data_seed").is_null() && sampler == BatchSampler::kBatchSampler;
    const BatchOrder order({.rows = one.at("rows"),
                            .batch_size = one.at("batch_size"),
                            .drop_last = one.at("drop_last"),
                            .seed = one.at(by_data_seed ? "data_seed" : "seed"),
                            .sampler = sampler},
                           rows_of(one.at("data")));
    for (size_t epoch = 0; epoch < one.at("epochs").size(); ++epoch) {
      EXPECT_EQ(Json(order.epoch(static_cast<int64_t>(epoch))), one.at("epochs")[epoch])
          << one.at("sampler") << " rows " << one.at("rows") << " drop_last " << one.at("drop_last") << " epoch " << epoch;
    }
  }
}

TEST(BatchOrder, grouping_by_length_is_the_reference_function) {
  for (const Json& one : golden().at("lengths")) {
    const auto lengths = one.at("lengths").get<std::vector<int64_t>>();
    const BatchOrder order({.rows = static_cast<int64_t>(lengths.size()),
                            .batch_size = one.at("group"),
                            .seed = one.at("seed"),
                            .strategy = SamplingStrategy::kGroupByLength},
                           {.length = [&lengths](int64_t row) { return lengths[static_cast<size_t>(row)]; }});
    std::vector<int64_t> rows;
    for (const BatchRows& batch : order.epoch(0)) rows.insert(rows.end(), batch.begin(), batch.end());
    EXPECT_EQ(Json(rows), one.at("order"));
  }
}

TEST(BatchOrder, processes_take_turns_as_the_reference_shards) {
  for (const Json& one : golden().at("shards")) {
    const auto batches = one.at("batches").get<std::vector<BatchRows>>();
    for (size_t index = 0; index < one.at("shards").size(); ++index) {
      EXPECT_EQ(Json(shard_of(batches, one.at("processes"), static_cast<int64_t>(index))), one.at("shards")[index]);
    }
  }
}

TEST(BatchOrder, an_epoch_does_not_depend_on_those_asked_for_before) {
  const BatchOrder order({.rows = 100, .batch_size = 8, .seed = 12});
  const auto third = order.epoch(2);
  order.epoch(0);
  EXPECT_EQ(order.epoch(2), third);
  EXPECT_NE(order.epoch(1), third);
}

TEST(BatchOrder, sequential_rows_keep_their_order) {
  const BatchOrder order({.rows = 5, .batch_size = 2, .strategy = SamplingStrategy::kSequential});
  EXPECT_EQ(order.epoch(3), (std::vector<BatchRows>{{0, 1}, {2, 3}, {4}}));
}

std::string message_of(const BatchOrderOptions& options, const BatchOrderRows& rows = {}) {
  try {
    const BatchOrder order(options, rows);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(BatchOrder, what_makes_no_batches_is_an_error_before_the_run) {
  const BatchOrderRows one_label{.label = [](int64_t) { return "1"; }};
  EXPECT_NE(message_of({.rows = 0}).find("has no rows"), std::string::npos);
  EXPECT_NE(message_of({.rows = 5, .batch_size = 8, .drop_last = true}).find("5 rows make no batch of 8"), std::string::npos);
  EXPECT_NE(message_of({.rows = 50, .batch_size = 5, .sampler = BatchSampler::kGroupByLabel}, one_label).find("even"), std::string::npos);
  EXPECT_NE(message_of({.rows = 50, .batch_size = 8, .sampler = BatchSampler::kGroupByLabel}, one_label).find("two labels"),
            std::string::npos);
}

}  // namespace
}  // namespace crossrank
