// Padded attention and its gradients equal those of the loop over sequences.
#include "torch/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <functional>

namespace crossrank {
namespace {

PackedBatch batch_of_lengths(const std::vector<int>& lengths) {
  std::vector<Encoding> encodings;
  for (const int length : lengths) encodings.push_back({std::vector<int32_t>(length, 1), std::vector<int32_t>(length, 0)});
  return pack(encodings, 1 << 20).front();
}

TEST(PaddedAttention, equals_the_loop_over_sequences_forward_and_back) {
  const RelativeTables<at::Tensor> none;
  const BatchTensors batch(batch_of_lengths({37, 12, 5, 1}), at::kCPU);
  for (const int window : {0, 1, 8}) {
    for (const double theta : {0.0, 10'000.0}) {
      for (const QueryRows rows : {QueryRows::kAll, QueryRows::kFirst, QueryRows::kLast}) {
        const AttentionSpec spec = {.num_heads = 2, .head_dim = 8, .window = window, .rope_theta = theta};
        const int64_t queries = rows == QueryRows::kAll ? batch.packed.tokens() : batch.packed.sequences();
        const at::Tensor q = at::randn({queries, 16}), kv = at::randn({batch.packed.tokens(), 32}), weights = at::randn({queries, 16});
        std::vector<at::Tensor> found;
        for (const auto attention : {looped_attention, padded_attention}) {
          const at::Tensor own_q = q.clone().requires_grad_(true), own_kv = kv.clone().requires_grad_(true);
          const at::Tensor out = attention({own_q, own_kv, batch, spec, none, rows});
          (out * weights).sum().backward();
          found.insert(found.end(), {out, own_q.grad(), own_kv.grad()});
        }
        for (size_t i = 0; i < 3; ++i) {
          EXPECT_TRUE(found[i].allclose(found[i + 3], 1e-5, 1e-5)) << "window " << window << ", theta " << theta << ", part " << i;
        }
      }
    }
  }
}

constexpr QueryRows kEveryRows[] = {QueryRows::kAll, QueryRows::kFirst, QueryRows::kLast};

// `place` says which of the tables is what. All of them are read.
void expect_equal_to_the_loop(const AttentionSpec& spec, QueryRows rows, const std::vector<at::Tensor>& tables,
                              const std::function<RelativeTables<at::Tensor>(const at::Tensor* tables)>& place) {
  const BatchTensors batch(batch_of_lengths({37, 12, 5, 1}), at::kCPU);
  const int64_t tokens = batch.packed.tokens(), queries = rows == QueryRows::kAll ? tokens : batch.packed.sequences();
  std::vector<at::Tensor> drawn = {at::randn({queries, 16}), at::randn({tokens, 32})};
  drawn.insert(drawn.end(), tables.begin(), tables.end());
  const at::Tensor weights = at::randn({queries, 16});
  std::vector<std::vector<at::Tensor>> found;
  for (const auto attention : {looped_attention, padded_attention}) {
    std::vector<at::Tensor> own;
    for (const at::Tensor& tensor : drawn) own.push_back(tensor.clone().requires_grad_(true));
    const RelativeTables<at::Tensor> relative = place(own.data() + 2);
    const at::Tensor out = attention({own[0], own[1], batch, spec, relative, rows});
    (out * weights).sum().backward();
    std::vector<at::Tensor>& results = found.emplace_back();
    results.push_back(out);
    for (const at::Tensor& tensor : own) results.push_back(tensor.grad());
  }
  for (size_t i = 0; i < found[0].size(); ++i) {
    ASSERT_TRUE(found[0][i].defined() && found[1][i].defined()) << "result " << i;
    EXPECT_TRUE(found[0][i].allclose(found[1][i], 1e-5, 1e-5)) << "result " << i;
  }
}

TEST(PaddedAttention, equals_the_loop_with_disentangled_scores) {
  for (const QueryRows rows : kEveryRows) {
    DisentangledScores scores = {.span = 8, .buckets = 8, .max_distance = 32, .content_to_position = true};
    const at::Tensor keys = at::randn({16, 16}), queries = at::randn({16, 16});
    AttentionSpec spec = {.num_heads = 2, .head_dim = 8};
    spec.relative = scores;
    expect_equal_to_the_loop(spec, rows, {keys}, [](const at::Tensor* tables) { return RelativeTables<at::Tensor>{.keys = &tables[0]}; });
    scores.position_to_content = true;
    spec.relative = scores;
    expect_equal_to_the_loop(spec, rows, {keys, queries}, [](const at::Tensor* tables) {
      return RelativeTables<at::Tensor>{.keys = &tables[0], .queries = &tables[1]};
    });
    scores.content_to_position = false;
    spec.relative = scores;
    expect_equal_to_the_loop(spec, rows, {queries},
                             [](const at::Tensor* tables) { return RelativeTables<at::Tensor>{.queries = &tables[0]}; });
  }
}

TEST(PaddedAttention, equals_the_loop_with_a_bias_of_distance) {
  for (const QueryRows rows : kEveryRows) {
    AttentionSpec spec = {.num_heads = 2, .head_dim = 8};
    spec.relative = DistanceBias{.rows = 9, .buckets = 8, .max_distance = 20};
    expect_equal_to_the_loop(spec, rows, {at::randn({9, 2})},
                             [](const at::Tensor* tables) { return RelativeTables<at::Tensor>{.bias = &tables[0]}; });
  }
}

}  // namespace
}  // namespace crossrank
