// Values and gradients of the functions against libtorch's composition of the same in double.
#include "torch/cpu_functions.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "cpu/dense.h"
#include "cpu/dropout_mask.h"
#include "cpu/rotary.h"
#include "torch/activation.h"
#include "torch/attention.h"

namespace crossrank {
namespace {

using Tensors = std::vector<at::Tensor>;
using Function = std::function<at::Tensor(const Tensors&)>;

at::Tensor numbers(at::IntArrayRef shape, uint64_t seed) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), at::TensorOptions(at::kFloat));
}

// Value, then gradients of the leaves.
Tensors run(const Function& function, const Tensors& inputs, at::ScalarType type) {
  Tensors leaves;
  for (const at::Tensor& x : inputs) leaves.push_back(x.to(type).detach().clone().requires_grad_(true));
  const at::Tensor y = function(leaves);
  y.backward(numbers(y.sizes(), 99).to(type));
  Tensors results = {y.detach()};
  for (const at::Tensor& leaf : leaves) results.push_back(leaf.grad());
  return results;
}

// The largest difference as a share of the largest number. All here are of size 1, but for those that are zero: of the one weight of a
// single token, and of one dropped.
double difference(const at::Tensor& found, const at::Tensor& wanted) {
  if (found.sizes() != wanted.sizes()) return INFINITY;
  const double largest = wanted.abs().max().item<double>();
  return (found.to(at::kDouble) - wanted).abs().max().item<double>() / std::max(largest, 0.1);
}

// f32 throughout: sums of some hundred terms.
constexpr double kF32 = 1e-5;

void expect_equal(const Function& fast, const Function& composed, const Tensors& inputs, double bound = kF32) {
  const Tensors found = run(fast, inputs, at::kFloat), wanted = run(composed, inputs, at::kDouble);
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_TRUE(found[i].defined()) << i;
    EXPECT_LT(difference(found[i], wanted[i]), bound) << (i == 0 ? "value" : "gradient of input ") << i;
  }
}

at::Tensor composed_linear(const Tensors& in) { return at::linear(in[0], in[1], in.size() > 2 ? in[2] : at::Tensor()); }
Function fast_linear(TrainPrecision precision) {
  return [=](const Tensors& in) { return cpu_functions::linear(in[0], in[1], in.size() > 2 ? in[2] : at::Tensor(), precision); };
}

TEST(CpuLinear, equals_libtorchs_with_and_without_a_bias) {
  for (const auto& [rows, in, out] : {std::tuple(1, 5, 3), std::tuple(33, 64, 96), std::tuple(130, 48, 1)}) {
    const Tensors inputs = {numbers({rows, in}, 1), numbers({out, in}, 2), numbers({out}, 3)};
    expect_equal(fast_linear(TrainPrecision::kF32), composed_linear, inputs);
    expect_equal(fast_linear(TrainPrecision::kF32), composed_linear, {inputs[0], inputs[1]});
  }
}

TEST(CpuLinear, in_bf16_differs_by_the_rounding_of_its_operands) {
  const Tensors inputs = {numbers({200, 96}, 1), numbers({64, 96}, 2), numbers({64}, 3)};
  // Each operand is off by up to 2^-9; over a sum such errors mostly cancel, as its terms do.
  expect_equal(fast_linear(TrainPrecision::kBf16), composed_linear, inputs, 1e-2);
  if (!has_fast_bf16()) GTEST_SKIP() << "this machine has no bf16 products, f32 ones stand in for them";
  const Tensors rounded = run(fast_linear(TrainPrecision::kBf16), inputs, at::kFloat);
  EXPECT_GT(difference(rounded[0], run(composed_linear, inputs, at::kDouble)[0]), 1e-4);
}

TEST(CpuLinear, takes_views_with_gaps_and_gradients_that_are_expanded) {
  const Tensors inputs = {numbers({20, 30}, 1), numbers({7, 24}, 2)};
  const auto of_columns = [](const Function& map) {
    return [=](const Tensors& in) { return map({in[0].slice(1, 3, 15), in[1].slice(1, 5, 17)}).sum().reshape({1}); };
  };
  expect_equal(of_columns(fast_linear(TrainPrecision::kF32)), of_columns(composed_linear), inputs);
}

TEST(CpuLinear, computes_no_gradient_of_what_is_frozen) {
  const at::Tensor x = numbers({6, 8}, 1), weight = numbers({4, 8}, 2), bias = numbers({4}, 3);
  for (const size_t trained : {0, 1, 2}) {
    Tensors leaves = {x.clone(), weight.clone(), bias.clone()};
    leaves[trained].requires_grad_(true);
    fast_linear(TrainPrecision::kF32)(leaves).sum().backward();
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(leaves[i].grad().defined(), i == trained);
  }
  const at::Tensor y = fast_linear(TrainPrecision::kF32)({x, weight, bias});
  EXPECT_FALSE(y.requires_grad());
}

constexpr ActivationKind kAll[] = {ActivationKind::kIdentity, ActivationKind::kGelu, ActivationKind::kGeluTanh, ActivationKind::kRelu,
                                   ActivationKind::kSilu,     ActivationKind::kTanh, ActivationKind::kSigmoid};

TEST(CpuActivation, equals_libtorchs_alone_and_gated) {
  for (const ActivationKind kind : kAll) {
    SCOPED_TRACE(static_cast<int>(kind));
    // More than one piece of work: 300 * 90 numbers.
    const Tensors inputs = {2 * numbers({300, 90}, 1)};
    expect_equal([=](const Tensors& in) { return cpu_functions::activation(in[0], kind) * 1; },
                 [=](const Tensors& in) { return composed_activation(in[0], kind) * 1; }, inputs);
    expect_equal([=](const Tensors& in) { return cpu_functions::gated(in[0], kind); },
                 [=](const Tensors& in) {
                   const auto halves = in[0].chunk(2, 1);
                   return composed_activation(halves[0], kind) * halves[1];
                 },
                 inputs);
  }
}

TEST(CpuDropout, drops_its_share_and_its_gradient_is_dropped_alike) {
  const at::Tensor x = at::ones({500, 90}, at::kFloat).requires_grad_(true);
  const at::Tensor y = cpu_functions::dropout(x, 0.25, 3);
  // 45,000 numbers: a standard deviation of the mean is 0.0027.
  EXPECT_NEAR(y.mean().item<double>(), 1.0, 0.011);
  y.backward(at::ones_like(y));
  EXPECT_TRUE(x.grad().equal(y.detach()));
  EXPECT_TRUE(cpu_functions::dropout(x, 0.25, 3).equal(y));
  EXPECT_FALSE(cpu_functions::dropout(x, 0.25, 4).equal(y));
}

TEST(CpuNorm, equals_libtorchs_with_and_without_a_bias) {
  for (const int columns : {5, 48, 130}) {
    const Tensors inputs = {numbers({150, columns}, 1) + 1, numbers({columns}, 2), numbers({columns}, 3)};
    const auto fast = [](const Tensors& in) { return cpu_functions::norm(in[0], in[1], in.size() > 2 ? in[2] : at::Tensor(), 1e-5); };
    const auto composed = [=](const Tensors& in) {
      return at::layer_norm(in[0], {columns}, in[1], in.size() > 2 ? in[2] : at::Tensor(), 1e-5);
    };
    expect_equal(fast, composed, inputs);
    expect_equal(fast, composed, {inputs[0], inputs[1]});
  }
}

struct Case {
  std::vector<int> lengths;
  AttentionSpec spec;
  QueryRows rows = QueryRows::kAll;
  double dropout = 0;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.lengths.size() << " sequences, " << c.spec.num_heads << " heads of " << c.spec.head_dim << ", window " << c.spec.window
       << ", theta " << c.spec.rope_theta << ", rows " << static_cast<int>(c.rows) << ", dropout " << c.dropout;
}

PackedBatch batch_of(const std::vector<int>& lengths) {
  PackedBatch batch;
  batch.cu_seqlens = {0};
  for (const int length : lengths) {
    batch.order.push_back(static_cast<int>(batch.order.size()));
    batch.cu_seqlens.push_back(batch.cu_seqlens.back() + length);
    batch.max_seqlen = std::max(batch.max_seqlen, length);
    for (int i = 0; i < length; ++i) batch.position_ids.push_back(i);
  }
  batch.ids = batch.type_ids = std::vector<int32_t>(batch.position_ids.size(), 0);
  return batch;
}

constexpr uint64_t kSeed = 12;

// x [heads, n, head_dim], the rows of positions first, first + 1, ...
at::Tensor rope(const at::Tensor& x, double theta, int first) {
  if (theta == 0) return x;
  const auto length = static_cast<int>(x.size(1)), dim = static_cast<int>(x.size(2));
  RotaryTables tables;
  tables.prepare(theta, dim, first + length);
  at::Tensor table = at::empty({length, dim}, at::kFloat);
  std::copy_n(tables.find(theta, dim) + static_cast<int64_t>(first) * dim, length * dim, table.data_ptr<float>());
  const auto angles = table.to(x.scalar_type()).chunk(2, 1), halves = x.chunk(2, 2);
  return at::cat({halves[0] * angles[0] - halves[1] * angles[1], halves[1] * angles[0] + halves[0] * angles[1]}, 2);
}

at::Tensor composed_attention(const at::Tensor& q, const at::Tensor& kv, const Case& c) {
  const PackedBatch batch = batch_of(c.lengths);
  Tensors outs;
  for (int s = 0; s < batch.sequences(); ++s) {
    const int begin = batch.cu_seqlens[static_cast<size_t>(s)], length = batch.length(s);
    const int first = c.rows == QueryRows::kLast ? length - 1 : 0, queries = c.rows == QueryRows::kAll ? length : 1;
    const int row = c.rows == QueryRows::kAll ? begin : s;
    const auto heads_of = [&](const at::Tensor& x) { return x.reshape({x.size(0), c.spec.num_heads, c.spec.head_dim}).transpose(0, 1); };
    const auto keys_values = kv.slice(0, begin, begin + length).chunk(2, 1);
    const at::Tensor query = rope(heads_of(q.slice(0, row, row + queries)), c.spec.rope_theta, first);
    const at::Tensor key = rope(heads_of(keys_values[0]), c.spec.rope_theta, 0);
    at::Tensor scores = query.matmul(key.transpose(1, 2)) / std::sqrt(static_cast<double>(c.spec.head_dim));
    if (c.spec.window > 0) {
      const at::Tensor distance = (at::arange(first, first + queries).unsqueeze(1) - at::arange(length).unsqueeze(0)).abs();
      scores = scores.masked_fill(distance > c.spec.window, -INFINITY);
    }
    at::Tensor mask = at::ones({c.spec.num_heads, queries, length}, at::kFloat);
    float* kept = mask.data_ptr<float>();
    for (int h = 0; h < c.spec.num_heads; ++h) {
      const auto dropout = dropout_mask(c.dropout, kSeed, s, h);
      for (int i = first; i < first + queries; ++i) {
        for (int j = 0; j < length; ++j) *kept++ = is_kept(dropout, i, j) ? dropout.scale : 0.0f;
      }
    }
    const at::Tensor out = (scores.softmax(-1) * mask).matmul(heads_of(keys_values[1]));
    outs.push_back(out.transpose(0, 1).reshape({queries, c.spec.num_heads * c.spec.head_dim}));
  }
  return at::cat(outs, 0);
}

class CpuAttention : public testing::TestWithParam<Case> {
 protected:
  const Case& c_ = GetParam();
  const PackedBatch batch_ = batch_of(c_.lengths);
  const int hidden_ = c_.spec.num_heads * c_.spec.head_dim;
  const int64_t queries_ = c_.rows == QueryRows::kAll ? batch_.tokens() : batch_.sequences();

  at::Tensor fast(const at::Tensor& q, const at::Tensor& kv) const {
    return cpu_functions::attention(q, kv, batch_, c_.spec, {}, c_.rows, c_.dropout, kSeed);
  }
};

TEST_P(CpuAttention, equals_libtorchs_composition) {
  expect_equal([&](const Tensors& in) { return fast(in[0], in[1]); },
               [&](const Tensors& in) { return composed_attention(in[0], in[1], c_); },
               {numbers({queries_, hidden_}, 1), numbers({batch_.tokens(), 2 * hidden_}, 2)});
}

// What a fused projection gives: columns of one matrix.
TEST_P(CpuAttention, takes_columns_of_one_matrix) {
  if (c_.rows != QueryRows::kAll) return;
  const auto of_one = [&](const auto& attend) {
    return [=, this](const Tensors& in) { return attend(in[0].slice(1, 0, hidden_), in[0].slice(1, hidden_, 3 * hidden_)); };
  };
  expect_equal(of_one([&](const at::Tensor& q, const at::Tensor& kv) { return fast(q, kv); }),
               of_one([&](const at::Tensor& q, const at::Tensor& kv) { return composed_attention(q, kv, c_); }),
               {numbers({batch_.tokens(), 3 * hidden_}, 3)});
}

INSTANTIATE_TEST_SUITE_P(Shapes, CpuAttention,
                         testing::Values(Case{{5, 1, 40, 17}, {2, 16, 0, 0}}, Case{{5, 1, 40, 17}, {3, 16, 0, 10000.0}},
                                         Case{{1}, {2, 8, 0, 0}}, Case{{130, 7, 1}, {2, 32, 4, 160000.0}}, Case{{513}, {1, 64, 0, 10000.0}},
                                         Case{{1100, 3}, {1, 16, 64, 10000.0}}));
INSTANTIATE_TEST_SUITE_P(OneRow, CpuAttention,
                         testing::Values(Case{{5, 1, 200}, {2, 16, 0, 10000.0}, QueryRows::kFirst},
                                         Case{{5, 1, 200}, {2, 16, 0, 10000.0}, QueryRows::kLast},
                                         Case{{5, 1, 200}, {2, 16, 20, 10000.0}, QueryRows::kLast}));
INSTANTIATE_TEST_SUITE_P(Dropout, CpuAttention,
                         testing::Values(Case{{5, 1, 140}, {2, 16, 0, 0}, QueryRows::kAll, 0.1},
                                         Case{{30, 12}, {2, 16, 5, 10000.0}, QueryRows::kAll, 0.4},
                                         Case{{30, 12}, {2, 16, 0, 0}, QueryRows::kFirst, 0.4}));

// Composed of rounded operands: what is left are sums in f32 and gradients that are rounded on their way.
TEST(CpuOperands, are_bf16_and_so_are_their_gradients_between_products_and_attention) {
  if (!has_fast_bf16()) GTEST_SKIP() << "this machine has no bf16 products, f32 ones stand in for them";
  const PackedBatch batch = batch_of({30, 1, 9});
  const AttentionSpec spec = {2, 16, 0, 10000.0};
  const Case c = {{30, 1, 9}, spec};
  const Tensors inputs = {numbers({40, 48}, 1), numbers({96, 48}, 2) / 7, numbers({64, 32}, 3) / 6, numbers({24, 32}, 4) / 6};
  const auto fast = [&](const Tensors& in) {
    const auto linear = [](const at::Tensor& x, const at::Tensor& weight, bool operand) {
      return cpu_functions::linear(x, weight, {}, TrainPrecision::kBf16, operand);
    };
    const at::Tensor qkv = linear(in[0], in[1], true);
    EXPECT_EQ(qkv.scalar_type(), at::kBFloat16);
    const at::Tensor attended = cpu_functions::attention(qkv.slice(1, 0, 32), qkv.slice(1, 32, 96), batch, spec, {}, QueryRows::kAll, 0, 1);
    EXPECT_EQ(attended.scalar_type(), at::kBFloat16);
    const at::Tensor inner = cpu_functions::gated(linear(attended, in[2], true), ActivationKind::kGelu);
    EXPECT_EQ(inner.scalar_type(), at::kBFloat16);
    const at::Tensor out = linear(cpu_functions::activation(inner, ActivationKind::kSilu), in[3], false);
    EXPECT_EQ(out.scalar_type(), at::kFloat);
    return out;
  };
  const auto composed = [&](const Tensors& in) {
    const at::Tensor qkv = at::linear(in[0], in[1]);
    const auto halves = at::linear(composed_attention(qkv.slice(1, 0, 32), qkv.slice(1, 32, 96), c), in[2]).chunk(2, 1);
    const at::Tensor inner = composed_activation(halves[0], ActivationKind::kGelu) * halves[1];
    return at::linear(composed_activation(inner, ActivationKind::kSilu), in[3]);
  };
  expect_equal(fast, composed, inputs, 2e-2);
}

// Scores of distance against looped_attention(), which composes them, in f32.
class CpuRelativeAttention : public testing::TestWithParam<QueryRows> {
 protected:
  static constexpr int kHeads = 3, kDim = 16, kHidden = kHeads * kDim;
  // Of more than one block of queries and of keys, and shorter than a vector.
  const BatchTensors batch_{batch_of({310, 17, 1}), at::kCPU};
  const int64_t tokens_ = batch_.packed.tokens(), queries_ = GetParam() == QueryRows::kAll ? tokens_ : batch_.packed.sequences();

  // `place` says which of the tables is what.
  void expect_equal_to_the_loop(const RelativeScores& scores, const Tensors& tables,
                                const std::function<RelativeTables<at::Tensor>(const at::Tensor*)>& place) const {
    AttentionSpec spec = {kHeads, kDim, 0, 0};
    spec.relative = scores;
    Tensors inputs = {numbers({queries_, kHidden}, 1), numbers({tokens_, 2 * kHidden}, 2)};
    inputs.insert(inputs.end(), tables.begin(), tables.end());
    const auto fast = [&](const Tensors& in) {
      return cpu_functions::attention(in[0], in[1], batch_.packed, spec, place(in.data() + 2), GetParam(), 0, kSeed);
    };
    const auto composed = [&](const Tensors& in) {
      return looped_attention({in[0], in[1], batch_, spec, place(in.data() + 2), GetParam()});
    };
    expect_equal(fast, composed, inputs);
    if (!has_fast_bf16()) return;
    // Rounded inputs, results and gradients.
    const auto on_operands = [&](const Tensors& in) {
      const at::Tensor q = in[0].to(at::kBFloat16), kv = in[1].to(at::kBFloat16);
      return cpu_functions::attention(q, kv, batch_.packed, spec, place(in.data() + 2), GetParam(), 0, kSeed).to(at::kFloat);
    };
    expect_equal(on_operands, composed, inputs, 2e-2);
  }
};

TEST_P(CpuRelativeAttention, equals_the_loop_with_disentangled_scores) {
  const Tensors tables = {numbers({48, kHidden}, 3), numbers({48, kHidden}, 4)};
  DisentangledScores scores = {.span = 24, .buckets = 24, .max_distance = 128, .content_to_position = true};
  expect_equal_to_the_loop(scores, {tables[0]}, [](const at::Tensor* t) { return RelativeTables<at::Tensor>{.keys = t}; });
  scores.position_to_content = true;
  expect_equal_to_the_loop(scores, tables, [](const at::Tensor* t) { return RelativeTables<at::Tensor>{.keys = t, .queries = t + 1}; });
  scores.content_to_position = false;
  expect_equal_to_the_loop(scores, {tables[1]}, [](const at::Tensor* t) { return RelativeTables<at::Tensor>{.queries = t}; });
}

// A row for every distance: 640 of them, of which a tile reads few.
TEST_P(CpuRelativeAttention, equals_the_loop_with_a_row_for_every_distance) {
  expect_equal_to_the_loop(DisentangledScores{.span = 320, .content_to_position = true, .position_to_content = true},
                           {numbers({640, kHidden}, 3), numbers({640, kHidden}, 4)},
                           [](const at::Tensor* t) { return RelativeTables<at::Tensor>{.keys = t, .queries = t + 1}; });
}

TEST_P(CpuRelativeAttention, equals_the_loop_with_a_bias_of_distance) {
  expect_equal_to_the_loop(DistanceBias{.rows = 33, .buckets = 32, .max_distance = 128}, {numbers({33, kHeads}, 3)},
                           [](const at::Tensor* t) { return RelativeTables<at::Tensor>{.bias = t}; });
}

INSTANTIATE_TEST_SUITE_P(All, CpuRelativeAttention, testing::Values(QueryRows::kAll));
INSTANTIATE_TEST_SUITE_P(First, CpuRelativeAttention, testing::Values(QueryRows::kFirst));
INSTANTIATE_TEST_SUITE_P(Last, CpuRelativeAttention, testing::Values(QueryRows::kLast));

TEST(CpuAttentionDropout, has_a_mask_of_its_seed_and_of_nothing_else) {
  const PackedBatch batch = batch_of({50, 20});
  const AttentionSpec spec = {2, 16, 0, 0};
  const at::Tensor q = numbers({70, 32}, 1), kv = numbers({70, 64}, 2);
  const auto out = [&](double dropout, uint64_t seed) {
    return cpu_functions::attention(q, kv, batch, spec, {}, QueryRows::kAll, dropout, seed);
  };
  EXPECT_TRUE(out(0.1, 1).equal(out(0.1, 1)));
  EXPECT_FALSE(out(0.1, 1).equal(out(0.1, 2)));
  EXPECT_TRUE(out(0, 1).equal(out(0, 2)));
}

// The share of dropped weights, seen from outside: with values of one, an output is the kept share of its weights.
TEST(CpuAttentionDropout, drops_its_share_of_the_weights) {
  const int length = 400;
  const at::Tensor q = at::ones({length, 16}, at::kFloat);
  const at::Tensor kv = at::ones({length, 32}, at::kFloat);
  const at::Tensor out = cpu_functions::attention(q, kv, batch_of({length}), {1, 16, 0, 0}, {}, QueryRows::kAll, 0.25, 3);
  // Of 160,000 equal weights; a standard deviation of the mean is 0.0014.
  EXPECT_NEAR(out.mean().item<double>(), 1.0, 0.006);
  EXPECT_GT(out.std().item<double>(), 0.005);
}

// The backward pass must draw what the forward pass drew: an oracle that knows nothing of masks.
TEST(CpuAttentionDropout, gradient_is_that_of_finite_differences) {
  const PackedBatch batch = batch_of({60, 9});
  const AttentionSpec spec = {2, 16, 0, 10000.0};
  const at::Tensor q = numbers({69, 32}, 1), kv = numbers({69, 64}, 2), weight = numbers({69, 32}, 3).to(at::kDouble);
  const auto loss = [&](const at::Tensor& q_, const at::Tensor& kv_) {
    return (cpu_functions::attention(q_, kv_, batch, spec, {}, QueryRows::kAll, 0.3, 7).to(at::kDouble) * weight).sum();
  };
  const at::Tensor q_leaf = q.clone().requires_grad_(true), kv_leaf = kv.clone().requires_grad_(true);
  loss(q_leaf, kv_leaf).backward();
  const at::Tensor q_way = numbers({69, 32}, 4), kv_way = numbers({69, 64}, 5);
  const double step = 1e-3;
  const double ahead = loss(q + step * q_way, kv + step * kv_way).item<double>(),
               back = loss(q - step * q_way, kv - step * kv_way).item<double>();
  const double slope = (q_leaf.grad() * q_way).sum().item<double>() + (kv_leaf.grad() * kv_way).sum().item<double>();
  EXPECT_NEAR((ahead - back) / (2 * step), slope, 5e-3 * std::max(1.0, std::abs(slope)));
}

}  // namespace
}  // namespace crossrank
