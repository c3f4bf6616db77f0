// Attention whose scores count distances too: DeBERTa's tables, and a bias.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "cpu/attention_test.h"

namespace crossrank {
namespace {

struct RelativeShape {
  int length;
  int head_dim;
  int buckets;  // 0: a row a distance
  int span;
  bool content_to_position;
  bool position_to_content;
};

void PrintTo(const RelativeShape& shape, std::ostream* out) {
  *out << shape.length << " tokens, head_dim " << shape.head_dim << ", " << shape.buckets << " buckets of " << shape.span
       << (shape.content_to_position ? ", c2p" : "") << (shape.position_to_content ? ", p2c" : "");
}

// A head with tables of relative positions, rows of head_dim + 3.
struct RelativeHead {
  explicit RelativeHead(const RelativeShape& shape_)
      : shape(shape_),
        plain(HeadShape{shape_.length, shape_.head_dim, 0, false}),
        stride(shape_.head_dim + 3),
        keys(random_floats(static_cast<size_t>(2 * shape_.span * stride), 8, -1, 1)),
        queries(random_floats(static_cast<size_t>(2 * shape_.span * stride), 9, -1, 1)) {
    spec = {.span = shape.span,
            .buckets = shape.buckets,
            .max_distance = 4 * shape.span,
            .content_to_position = shape.content_to_position,
            .position_to_content = shape.position_to_content};
    rows.prepare(spec, shape.length);
  }

  HeadAttention task(int first_query, int count, float* out) const {
    HeadAttention one = plain.task(first_query, count, out);
    if (shape.content_to_position) one.relative.keys = keys.data();
    if (shape.position_to_content) one.relative.queries = queries.data();
    one.relative.stride = stride;
    one.relative.rows = rows.centre();
    one.relative.parts = spec.parts();
    return one;
  }

  std::vector<float> run(int first_query, int count) const {
    std::vector<float> out(static_cast<size_t>(count * shape.head_dim));
    run_task(task(first_query, count, out.data()));
    return out;
  }

  // The definition, in double.
  std::vector<double> exact(int query) const {
    const float* q = plain.qkv.data() + query * plain.stride;
    std::vector<double> scores, out(static_cast<size_t>(shape.head_dim));
    double highest = -1e300, sum = 0;
    for (int j = 0; j < shape.length; ++j) {
      const float* k = plain.qkv.data() + j * plain.stride + shape.head_dim;
      const int row = row_of_distance(spec, query - j);
      double score = 0;
      for (int d = 0; d < shape.head_dim; ++d) {
        score += static_cast<double>(q[d]) * k[d];
        if (shape.content_to_position) score += static_cast<double>(q[d]) * keys[static_cast<size_t>(row * stride + d)];
        if (shape.position_to_content) score += static_cast<double>(k[d]) * queries[static_cast<size_t>(row * stride + d)];
      }
      scores.push_back(score / std::sqrt(spec.parts() * shape.head_dim));
      highest = std::max(highest, scores.back());
    }
    for (int j = 0; j < shape.length; ++j) {
      const double weight = std::exp(scores[static_cast<size_t>(j)] - highest);
      sum += weight;
      for (int d = 0; d < shape.head_dim; ++d)
        out[static_cast<size_t>(d)] += weight * plain.qkv[static_cast<size_t>(j * plain.stride + 2 * shape.head_dim + d)];
    }
    for (double& value : out) value /= sum;
    return out;
  }

  RelativeShape shape;
  AttentionHead plain;
  int stride;
  std::vector<float> keys, queries;
  DisentangledScores spec;
  RelativeRows rows;
};

class RelativeAttention : public testing::TestWithParam<RelativeShape> {};

TEST_P(RelativeAttention, equals_the_definition) {
  const RelativeHead head(GetParam());
  on_every_instruction_set([&] { expect_definition(head, head.run(0, head.shape.length), 1e-5); });
}

TEST_P(RelativeAttention, of_bf16_in_memory_is_that_of_the_same_floats_rounded) {
  RelativeHead head(GetParam());
  const auto qkv = nearest_bf16(head.plain.qkv);
  head.plain.qkv = widened(qkv);
  on_every_instruction_set_of_bf16([&] {
    const int length = head.shape.length;
    ASSERT_EQ(run_in_bf16_memory(head.task(0, length, nullptr), head.plain.qkv.data(), qkv), nearest_bf16(head.run(0, length)));
  });
}

TEST_P(RelativeAttention, parts_of_the_queries_give_the_same_bits) {
  const RelativeHead head(GetParam());
  on_every_instruction_set([&] {
    const auto all = head.run(0, head.shape.length);
    for (int first = kQueryBlock; first < head.shape.length; first += kQueryBlock) {
      const auto part = head.run(first, std::min(kQueryBlock, head.shape.length - first));
      ASSERT_EQ(std::memcmp(part.data(), all.data() + first * head.shape.head_dim, part.size() * sizeof(float)), 0) << "block at " << first;
    }
    for (const int query : {0, head.shape.length - 1}) {
      const auto one = head.run(query, 1);
      const auto wanted = head.exact(query);
      for (size_t d = 0; d < wanted.size(); ++d) ASSERT_NEAR(one[d], wanted[d], 1e-5) << "query " << query;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, RelativeAttention,
                         testing::Values(RelativeShape{1, 64, 32, 32, true, true}, RelativeShape{2, 16, 6, 6, true, true},
                                         RelativeShape{33, 12, 0, 24, true, true}, RelativeShape{80, 64, 0, 200, true, true},
                                         RelativeShape{80, 64, 32, 32, true, false}, RelativeShape{80, 64, 32, 32, false, true},
                                         RelativeShape{193, 20, 7, 7, true, true}, RelativeShape{512, 64, 256, 256, true, true},
                                         RelativeShape{700, 32, 0, 700, true, true}, RelativeShape{1100, 16, 64, 64, true, true}));

// A head with a bias of distance: column 2 of a table of 5.
struct BiasedHead {
  static constexpr int kColumn = 2, kStride = 5;

  BiasedHead(int length, int head_dim)
      : plain(HeadShape{length, head_dim, 0, false}), bias(random_floats(static_cast<size_t>(spec.buckets * kStride), 10, -3, 3)) {
    rows.prepare(spec, length);
  }

  std::vector<float> run(int first_query, int count) const {
    std::vector<float> out(static_cast<size_t>(count * plain.shape.head_dim));
    HeadAttention one = plain.task(first_query, count, out.data());
    one.precision = plain.precision;
    one.relative.bias = bias.data() + kColumn;
    one.relative.stride = kStride;
    one.relative.rows = rows.centre();
    run_task(one);
    return out;
  }

  // The definition, in double.
  std::vector<double> exact(int query) const {
    const int head_dim = plain.shape.head_dim;
    const float* q = plain.qkv.data() + query * plain.stride;
    std::vector<double> out(static_cast<size_t>(head_dim));
    double sum = 0;
    for (int j = 0; j < plain.shape.length; ++j) {
      const float* k = plain.qkv.data() + j * plain.stride + head_dim;
      double product = 0;
      for (int d = 0; d < head_dim; ++d) product += static_cast<double>(q[d]) * k[d];
      const int row = row_of_distance(spec, query - j);
      const double weight = std::exp(product / std::sqrt(head_dim) + bias[static_cast<size_t>(row * kStride + kColumn)]);
      sum += weight;
      for (int d = 0; d < head_dim; ++d) out[static_cast<size_t>(d)] += weight * k[head_dim + d];
    }
    for (double& value : out) value /= sum;
    return out;
  }

  DistanceBias spec = {.rows = 32};
  AttentionHead plain;
  std::vector<float> bias;
  RelativeRows rows;
};

class BiasedAttention : public testing::TestWithParam<std::pair<int, int>> {};

TEST_P(BiasedAttention, equals_the_definition_in_parts_too) {
  const auto [length, head_dim] = GetParam();
  const BiasedHead head(length, head_dim);
  on_every_instruction_set([&, length = length, head_dim = head_dim] {
    const auto all = head.run(0, length);
    const auto expect_exact = [&](const float* found, int query) {
      const auto wanted = head.exact(query);
      for (int d = 0; d < head_dim; ++d) ASSERT_NEAR(found[d], wanted[static_cast<size_t>(d)], 1e-5) << "query " << query;
    };
    for (int i = 0; i<length; i += length> 300 ? 37 : 1) expect_exact(all.data() + i * head_dim, i);
    for (const int query : {0, length - 1}) expect_exact(head.run(query, 1).data(), query);
    for (int first = kQueryBlock; first < length; first += kQueryBlock) {
      const auto part = head.run(first, std::min(kQueryBlock, length - first));
      ASSERT_EQ(std::memcmp(part.data(), all.data() + first * head_dim, part.size() * sizeof(float)), 0) << "block at " << first;
    }
  });
}

TEST_P(BiasedAttention, is_near_the_definition_in_int8) {
  const auto [length, head_dim] = GetParam();
  BiasedHead head(length, head_dim);
  head.plain.precision = ProductPrecision::kInt8;
  on_every_instruction_set([&, length = length, head_dim = head_dim] {
    const auto found = head.run(0, length);
    for (int i = 0; i<length; i += length> 300 ? 37 : 1) {
      const auto wanted = head.exact(i);
      for (int d = 0; d < head_dim; ++d) ASSERT_NEAR(found[static_cast<size_t>(i * head_dim + d)], wanted[static_cast<size_t>(d)], 4e-2);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, BiasedAttention,
                         testing::Values(std::pair(1, 64), std::pair(2, 16), std::pair(33, 12), std::pair(193, 64), std::pair(512, 32),
                                         std::pair(1100, 20)));

}  // namespace
}  // namespace crossrank
