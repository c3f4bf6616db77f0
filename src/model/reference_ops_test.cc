#include "model/reference_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>
#include <vector>

namespace crossrank {
namespace {

const ReferenceOps kOps;

Matrix matrix(int rows, int columns, std::vector<float> values) {
  Matrix m(rows, columns);
  m.values = std::move(values);
  return m;
}

// Sequences of these lengths, ids 0.
PackedBatch batch_of(const std::vector<int>& lengths) {
  PackedBatch batch;
  batch.cu_seqlens.push_back(0);
  for (const int length : lengths) {
    for (int i = 0; i < length; ++i) batch.position_ids.push_back(i);
    batch.order.push_back(static_cast<int32_t>(batch.order.size()));
    batch.cu_seqlens.push_back(batch.cu_seqlens.back() + length);
    batch.max_seqlen = std::max(batch.max_seqlen, length);
  }
  batch.ids.assign(batch.position_ids.size(), 0);
  batch.type_ids = batch.ids;
  return batch;
}

TEST(ReferenceOps, norm_centres_scales_and_shifts_each_row) {
  const ReferenceOps::Norm norm = {{2, 2}, {1, 1}, 0.0f};
  const Matrix y = kOps.norm(matrix(2, 2, {1, 3, -10, 10}), norm);
  for (const int row : {0, 1}) {
    EXPECT_FLOAT_EQ(y.row(row)[0], -1);
    EXPECT_FLOAT_EQ(y.row(row)[1], 3);
  }
}

TEST(ReferenceOps, linear_does_its_fusions_in_the_stated_order) {
  const ReferenceOps::Linear linear = {matrix(2, 1, {1, 10}), {0, 1}};
  const Matrix x = matrix(2, 1, {3, -2}), residual = matrix(2, 1, {100, 200});
  const Matrix gated = kOps.linear(x, linear, {.activation = ActivationKind::kRelu, .gated = true, .residual = &residual});
  EXPECT_EQ(gated.columns, 1);
  EXPECT_FLOAT_EQ(gated.row(0)[0], 3 * 31 + 100);  // relu(3 * 1) * (3 * 10 + 1) + 100
  EXPECT_FLOAT_EQ(gated.row(1)[0], 200);           // relu(-2) = 0
}

TEST(ReferenceOps, attention_never_crosses_from_one_sequence_to_the_next) {
  const PackedBatch batch = batch_of({2, 1});
  const AttentionSpec spec = {.num_heads = 1, .head_dim = 1};
  // Keys alike, so that each query averages the values that it sees.
  const Matrix out = kOps.attention(matrix(3, 1, {1, 1, 1}), matrix(3, 2, {0, 10, 0, 30, 0, 500}), batch, spec, {}, QueryRows::kAll);
  EXPECT_FLOAT_EQ(out.row(0)[0], 20);
  EXPECT_FLOAT_EQ(out.row(1)[0], 20);
  EXPECT_FLOAT_EQ(out.row(2)[0], 500);
}

TEST(ReferenceOps, a_window_counts_tokens_on_each_side) {
  const PackedBatch batch = batch_of({5});
  const AttentionSpec spec = {.num_heads = 1, .head_dim = 1, .window = 1};
  const Matrix kv = matrix(5, 2, {0, 1, 0, 2, 0, 4, 0, 8, 0, 16});
  const Matrix out = kOps.attention(matrix(5, 1, {0, 0, 0, 0, 0}), kv, batch, spec, {}, QueryRows::kAll);
  EXPECT_FLOAT_EQ(out.row(0)[0], 1.5f);
  EXPECT_FLOAT_EQ(out.row(2)[0], 14.0f / 3);
  EXPECT_FLOAT_EQ(out.row(4)[0], 12);
}

TEST(ReferenceOps, one_row_a_sequence_equals_that_row_of_all_of_them) {
  const PackedBatch batch = batch_of({3, 1, 4});
  const AttentionSpec spec = {.num_heads = 2, .head_dim = 2, .window = 0, .rope_theta = 100};
  Matrix q(8, 4), kv(8, 8);
  for (size_t i = 0; i < q.values.size(); ++i) q.values[i] = std::sin(static_cast<float>(i));
  for (size_t i = 0; i < kv.values.size(); ++i) kv.values[i] = std::cos(static_cast<float>(i));
  const Matrix all = kOps.attention(q, kv, batch, spec, {}, QueryRows::kAll);
  for (const QueryRows which : {QueryRows::kFirst, QueryRows::kLast}) {
    const Matrix some = kOps.attention(kOps.rows(q, batch, which), kv, batch, spec, {}, which);
    const Matrix expected = kOps.rows(all, batch, which);
    EXPECT_EQ(some.values, expected.values);
  }
}

TEST(ReferenceOps, disentangled_scores_are_of_content_and_of_distance_both_ways) {
  const PackedBatch batch = batch_of({3});
  AttentionSpec spec = {.num_heads = 1, .head_dim = 1};
  spec.relative = DisentangledScores{.span = 2, .content_to_position = true, .position_to_content = true};
  // Rows for distances -2, -1, 0, 1 and past it.
  const Matrix keys = matrix(4, 1, {1, 2, 3, 4}), queries = matrix(4, 1, {10, 20, 30, 40});
  const Matrix q = matrix(3, 1, {0.1f, 0.2f, 0.3f}), kv = matrix(3, 2, {0.01f, 1, 0.02f, 2, 0.03f, 4});
  const Matrix out = kOps.attention(q, kv, batch, spec, {.keys = &keys, .queries = &queries}, QueryRows::kAll);
  // Query 2 is 2, 1 and 0 tokens after the keys: rows 3 (the last), 3 and 2.
  double sum = 0, wanted = 0;
  for (const auto& [k, v, row] : {std::tuple(0.01, 1, 3), std::tuple(0.02, 2, 3), std::tuple(0.03, 4, 2)}) {
    const double weight = std::exp((0.3 * k + 0.3 * (row + 1) + k * 10 * (row + 1)) / std::sqrt(3.0));
    sum += weight;
    wanted += weight * v;
  }
  EXPECT_NEAR(out.row(2)[0], wanted / sum, 1e-6);
}

TEST(ReferenceOps, a_bias_of_distance_is_added_to_scaled_scores) {
  const PackedBatch batch = batch_of({3});
  AttentionSpec spec = {.num_heads = 2, .head_dim = 4};
  spec.relative = DistanceBias{.rows = 4, .buckets = 4, .max_distance = 8};
  const Matrix bias = matrix(4, 2, {0, 1, 0.5f, 2, 9, 9, -1, 3});  // rows: the same token, a key before, none, a key behind
  std::vector<float> numbers;                                      // keys and values are their token's number
  for (const float number : {1.0f, 2.0f, 3.0f}) numbers.insert(numbers.end(), 16, number);
  const Matrix q = matrix(3, 8, std::vector<float>(24, 0.5f)), kv = matrix(3, 16, numbers);
  const Matrix out = kOps.attention(q, kv, batch, spec, {.bias = &bias}, QueryRows::kAll);
  // Query 1 is one token after key 0 and one before key 2; its scores without a bias are 1, 2 and 3.
  for (const auto& [head, before, same, behind] : {std::tuple(0, 0.5, 0.0, -1.0), std::tuple(1, 2.0, 1.0, 3.0)}) {
    const double weights[] = {std::exp(1 + before), std::exp(2 + same), std::exp(3 + behind)};
    EXPECT_NEAR(out.row(1)[head * 4], (weights[0] + 2 * weights[1] + 3 * weights[2]) / (weights[0] + weights[1] + weights[2]), 1e-6);
  }
}

TEST(ReferenceOps, neighbours_end_with_their_sequence) {
  const Matrix y = kOps.neighbours(matrix(3, 2, {1, 10, 2, 20, 3, 30}), batch_of({2, 1}), 3);
  ASSERT_EQ(y.columns, 6);
  EXPECT_EQ(y.values, (std::vector<float>{0, 1, 2, 0, 10, 20, 1, 2, 0, 10, 20, 0, 0, 3, 0, 0, 30, 0}));
}

TEST(ReferenceOps, pooling_follows_its_names) {
  const PackedBatch batch = batch_of({3});
  const Matrix x = matrix(3, 1, {1, 5, 3});
  EXPECT_FLOAT_EQ(kOps.pool(x, batch, Pooling::kCls).values[0], 1);
  EXPECT_FLOAT_EQ(kOps.pool(x, batch, Pooling::kLastToken).values[0], 3);
  EXPECT_FLOAT_EQ(kOps.pool(x, batch, Pooling::kMean).values[0], 3);
  EXPECT_FLOAT_EQ(kOps.pool(x, batch, Pooling::kMax).values[0], 5);
  EXPECT_FLOAT_EQ(kOps.pool(x, batch, Pooling::kMeanSqrtLength).values[0], 9 / std::sqrt(3.0f));
  EXPECT_FLOAT_EQ(kOps.pool(x, batch, Pooling::kWeightedMean).values[0], (1.0f + 10 + 9) / 6);
}

TEST(ReferenceOps, unit_length_of_nothing_is_nothing) {
  const Matrix y = kOps.unit_length(matrix(2, 2, {3, 4, 0, 0}));
  EXPECT_FLOAT_EQ(y.row(0)[0], 0.6f);
  EXPECT_FLOAT_EQ(y.row(0)[1], 0.8f);
  EXPECT_FLOAT_EQ(y.row(1)[0], 0);
}

}  // namespace
}  // namespace crossrank
