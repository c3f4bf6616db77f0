// Padded attention and its gradients equal those of the loop over sequences.
#include "torch/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

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

TEST(PaddedAttention, equals_the_loop_with_disentangled_scores) {
  const BatchTensors batch(batch_of_lengths({37, 12, 5, 1}), at::kCPU);
  for (const int parts : {1, 2, 3}) {  // bits: content to position, position to content
    for (const QueryRows rows : {QueryRows::kAll, QueryRows::kFirst, QueryRows::kLast}) {
      AttentionSpec spec = {.num_heads = 2, .head_dim = 8};
      const bool content = (parts & 1) != 0, position = (parts & 2) != 0;
      spec.relative =
          DisentangledScores{.span = 8, .buckets = 8, .max_distance = 32, .content_to_position = content, .position_to_content = position};
      const int64_t queries = rows == QueryRows::kAll ? batch.packed.tokens() : batch.packed.sequences();
      const std::vector<at::Tensor> drawn = {at::randn({queries, 16}), at::randn({batch.packed.tokens(), 32}), at::randn({16, 16}),
                                             at::randn({16, 16})};
      const at::Tensor weights = at::randn({queries, 16});
      std::vector<std::vector<at::Tensor>> found;
      for (const auto attention : {looped_attention, padded_attention}) {
        std::vector<at::Tensor> own;
        for (const at::Tensor& tensor : drawn) own.push_back(tensor.clone().requires_grad_(true));
        const RelativeTables<at::Tensor> tables = {content ? &own[2] : nullptr, position ? &own[3] : nullptr};
        const at::Tensor out = attention({own[0], own[1], batch, spec, tables, rows});
        (out * weights).sum().backward();
        std::vector<at::Tensor>& results = found.emplace_back();
        results.push_back(out);
        for (const at::Tensor& tensor : own) {
          if (tensor.grad().defined()) results.push_back(tensor.grad());
        }
      }
      ASSERT_EQ(found[0].size(), static_cast<size_t>(parts == 3 ? 5 : 4));
      for (size_t i = 0; i < found[0].size(); ++i) {
        EXPECT_TRUE(found[0][i].allclose(found[1][i], 1e-5, 1e-5)) << "parts " << parts << ", result " << i;
      }
    }
  }
}

}  // namespace
}  // namespace crossrank
