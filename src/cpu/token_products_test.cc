#include "cpu/token_products.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "cpu/cpu_engine.h"
#include "cpu/kernel_test.h"

namespace crossrank {
namespace {

constexpr int kLength = 60, kSequences = 8;

std::shared_ptr<const ModelFolder> golden(const std::string& name) {
  return std::make_shared<const ModelFolder>(ModelFolder::open("tests/goldens/models/" + name));
}

// Sequence s: the ids 5 to 5 + distinct - 1 from the s-th on, over and over.
Encoding rotated(int s, int distinct = kLength) {
  Encoding encoding;
  for (int i = 0; i < kLength; ++i) encoding.ids.push_back(5 + (s + i) % distinct);
  encoding.type_ids.assign(encoding.ids.size(), 0);
  return encoding;
}

PackedBatch packed(const std::vector<Encoding>& encodings) { return pack(encodings, 1 << 20).front(); }

std::optional<TokenProducts> products_of(const ModelFolder& model, const PackedBatch& batch) {
  static ThreadTeam team(1, [](int) {});
  static std::vector<CpuWorker> workers(1);
  static CpuLane lane;
  lane.workers = workers;
  lane.team = &team;
  static PositionTables positions;
  const CpuOps ops(lane, positions);
  return make_token_products(ops, model.encoder, make_weights(ops, model), batch);
}

TEST(TokenProducts, have_a_row_for_each_distinct_token) {
  const PackedBatch batch = packed({rotated(0, 10), rotated(3, 10)});
  const auto model = golden("modernbert-2026");
  const auto products = products_of(*model, batch);
  ASSERT_TRUE(products.has_value());
  EXPECT_EQ(products->qkv.rows(), 10);
  EXPECT_EQ(products->qkv.columns(), 3 * model->encoder.hidden_size);
  std::vector<int32_t> rows(products->row_of.begin() + 5, products->row_of.end());
  std::sort(rows.begin(), rows.end());
  std::vector<int32_t> all(10);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(rows, all);
}

TEST(TokenProducts, are_not_made_where_most_tokens_come_once) {
  EXPECT_FALSE(products_of(*golden("modernbert-2026"), packed({rotated(0)})).has_value());
}

TEST(TokenProducts, are_not_made_where_positions_or_segments_are_read) {
  const PackedBatch batch = packed({rotated(0, 10)});
  for (const char* name : {"bert-512", "roberta-514", "mpnet-514", "distilbert-512", "deberta-no-relative"}) {
    EXPECT_FALSE(products_of(*golden(name), batch).has_value()) << name;
  }
  for (const char* name : {"modernbert-2026", "modernbert-norm-bias", "deberta-v3-512"}) {
    EXPECT_TRUE(products_of(*golden(name), batch).has_value()) << name;
  }
}

class SharedTokenProducts : public testing::TestWithParam<std::string> {
 protected:
  static std::vector<float> outputs(Engine& engine, const PackedBatch& batch) {
    std::vector<float> out(static_cast<size_t>(batch.sequences() * engine.num_outputs()));
    engine.outputs(batch, out);
    return out;
  }

  // The sequences share their tokens' rows together, and not alone.
  void expect_the_same_bits(ProductPrecision precision) const {
    const auto model = golden(GetParam());
    std::vector<Encoding> encodings;
    for (int s = 0; s < kSequences; ++s) encodings.push_back(rotated(7 * s));
    const auto engine = make_cpu_engine(model, {.precision = precision, .threads = 2, .group_tokens = 100});
    const auto together = outputs(*engine, packed(encodings));
    for (int s = 0; s < kSequences; ++s) {
      const auto alone = outputs(*engine, packed({encodings[static_cast<size_t>(s)]}));
      EXPECT_EQ(std::memcmp(alone.data(), together.data() + static_cast<size_t>(s) * alone.size(), alone.size() * sizeof(float)), 0)
          << "sequence " << s;
    }
  }
};

TEST_P(SharedTokenProducts, change_no_bit_of_an_output) { expect_the_same_bits(ProductPrecision::kF32); }

TEST_P(SharedTokenProducts, nor_in_bf16) {
  if (!has_fast_bf16()) GTEST_SKIP() << "this machine has no fast bf16 products";
  expect_the_same_bits(ProductPrecision::kBf16);
}

TEST_P(SharedTokenProducts, nor_in_int8) {
  in_every_int8_layout([&] { expect_the_same_bits(ProductPrecision::kInt8); });
}

INSTANTIATE_TEST_SUITE_P(Models, SharedTokenProducts,
                         testing::Values("modernbert-2026", "modernbert-norm-bias", "modernbert-mean-8192", "deberta-v3-512",
                                         "bi-modernbert-mean"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace crossrank
