#include "cpu/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "cpu/aligned_buffer.h"
#include "cpu/kernel_test.h"
#include "cpu/rotary.h"

namespace crossrank {
namespace {

struct Shape {
  int length;
  int head_dim;
  int window;
  bool rotary;
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.length << " tokens, head_dim " << shape.head_dim << ", window " << shape.window << (shape.rotary ? ", rotary" : "");
}

template <typename Value>
void run_task(const BasicHeadAttention<Value>& task) {
  AlignedBuffer scratch(attention_scratch_floats(task));
  std::fill_n(scratch.data(), scratch.size(), std::nanf(""));  // nothing may be read before it is written
  attend(task, scratch.data());
}

// The nearest number with 8 significant bits.
double to_bf16(double x) {
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
}

// The same task on `qkv`, which holds what lies at `floats` in bf16.
std::vector<Bf16> run_in_bf16_memory(const HeadAttention& task, const float* floats, const std::vector<Bf16>& qkv) {
  std::vector<Bf16> out(static_cast<size_t>(task.queries * task.head_dim));
  Bf16HeadAttention same;
  static_cast<AttentionTask&>(same) = task;
  same.q = qkv.data() + (task.q - floats);
  same.k = qkv.data() + (task.k - floats);
  same.v = qkv.data() + (task.v - floats);
  same.out = out.data();
  same.q_stride = task.q_stride;
  same.kv_stride = task.kv_stride;
  same.out_stride = task.head_dim;
  run_task(same);
  return out;
}

// One head, q k v side by side in rows of 3 * head_dim + 5.
struct Head {
  explicit Head(const Shape& shape_)
      : shape(shape_), stride(3 * shape_.head_dim + 5), qkv(random_floats(static_cast<size_t>(shape_.length * stride), 7, -2, 2)) {
    if (shape.rotary) tables.prepare(10000.0, shape.head_dim, shape.length);
  }

  HeadAttention task(int first_query, int queries, float* out) const {
    HeadAttention task;
    task.q = qkv.data() + first_query * stride;
    task.k = qkv.data() + shape.head_dim;
    task.v = qkv.data() + 2 * shape.head_dim;
    task.out = out;
    task.q_stride = task.kv_stride = stride;
    task.out_stride = shape.head_dim;
    task.head_dim = shape.head_dim;
    task.window = shape.window;
    task.length = shape.length;
    task.first_query = first_query;
    task.queries = queries;
    task.rotary = shape.rotary ? tables.find(10000.0, shape.head_dim) : nullptr;
    return task;
  }

  std::vector<float> run(int first_query, int queries) const {
    std::vector<float> out(static_cast<size_t>(queries * shape.head_dim));
    HeadAttention one = task(first_query, queries, out.data());
    one.precision = precision;
    run_task(one);
    return out;
  }

  // An operand as a product reads it.
  double operand(double x) const { return precision == ProductPrecision::kBf16 ? to_bf16(x) : x; }

  std::vector<double> rotated(const float* x, int position) const {
    const int half = shape.head_dim / 2;
    std::vector<double> y(x, x + shape.head_dim);
    if (!shape.rotary) return y;
    const float* angles = tables.find(10000.0, shape.head_dim) + position * shape.head_dim;
    for (int i = 0; i < half; ++i) {
      const double c = angles[i], s = angles[half + i];
      y[static_cast<size_t>(i)] = x[i] * c - x[half + i] * s;
      y[static_cast<size_t>(half + i)] = x[half + i] * c + x[i] * s;
    }
    return y;
  }

  // The definition, in double.
  std::vector<double> exact(int query) const {
    const auto q = rotated(qkv.data() + query * stride, query);
    std::vector<double> out(static_cast<size_t>(shape.head_dim));
    double sum = 0, highest = -1e300;
    std::vector<double> scores;
    for (int j = 0; j < shape.length; ++j) {
      if (shape.window > 0 && std::abs(query - j) > shape.window) {
        scores.push_back(-1e300);
        continue;
      }
      const auto k = rotated(qkv.data() + j * stride + shape.head_dim, j);
      double score = 0;
      for (size_t d = 0; d < k.size(); ++d) score += operand(q[d] * scale) * operand(k[d]);
      scores.push_back(score);
      highest = std::max(highest, scores.back());
    }
    for (int j = 0; j < shape.length; ++j) {
      const double weight = std::exp2(scores[static_cast<size_t>(j)] - highest);
      sum += weight;
      for (int d = 0; d < shape.head_dim; ++d)
        out[static_cast<size_t>(d)] += weight * operand(qkv[static_cast<size_t>(j * stride + 2 * shape.head_dim + d)]);
    }
    for (double& value : out) value /= sum;
    return out;
  }

  Shape shape;
  int stride;
  double scale = std::log2(std::exp(1.0)) / std::sqrt(shape.head_dim);  // of queries: weights are powers of 2
  ProductPrecision precision = ProductPrecision::kF32;
  std::vector<float> qkv;
  RotaryTables tables;
};

class Attention : public testing::TestWithParam<Shape> {};

TEST_P(Attention, equals_the_definition) {
  const Head head(GetParam());
  on_every_instruction_set([&] {
    const auto found = head.run(0, head.shape.length);
    const int step = head.shape.length > 300 ? 37 : 1;  // the definition is slow: some rows of the long ones
    for (int i = 0; i < head.shape.length; i += step) {
      const auto wanted = head.exact(i);
      for (int d = 0; d < head.shape.head_dim; ++d) {
        ASSERT_NEAR(found[static_cast<size_t>(i * head.shape.head_dim + d)], wanted[static_cast<size_t>(d)], 5e-6) << "query " << i;
      }
    }
  });
}

TEST_P(Attention, one_query_alone_equals_the_definition) {
  const Head head(GetParam());
  on_every_instruction_set([&] {
    for (const int query : {0, head.shape.length - 1}) {
      const auto found = head.run(query, 1);
      const auto wanted = head.exact(query);
      for (size_t d = 0; d < wanted.size(); ++d) ASSERT_NEAR(found[d], wanted[d], 5e-6) << "query " << query;
    }
  });
}

TEST_P(Attention, a_block_of_queries_alone_gives_the_same_bits) {
  const Head head(GetParam());
  on_every_instruction_set([&] {
    const auto all = head.run(0, head.shape.length);
    for (int first = kQueryBlock; first < head.shape.length; first += kQueryBlock) {
      const auto part = head.run(first, std::min(kQueryBlock, head.shape.length - first));
      ASSERT_EQ(std::memcmp(part.data(), all.data() + first * head.shape.head_dim, part.size() * sizeof(float)), 0) << "block at " << first;
    }
  });
}

TEST_P(Attention, of_bf16_in_memory_is_that_of_the_same_floats_rounded) {
  Head head(GetParam());
  const auto qkv = nearest_bf16(head.qkv);
  head.qkv = widened(qkv);
  on_every_instruction_set_of_bf16([&] {
    for (const ProductPrecision precision : {ProductPrecision::kF32, ProductPrecision::kBf16, ProductPrecision::kInt8}) {
      head.precision = precision;
      const int first = head.shape.length > kQueryBlock ? kQueryBlock : 0, queries = head.shape.length - first;
      HeadAttention task = head.task(first, queries, nullptr);
      task.precision = precision;
      ASSERT_EQ(run_in_bf16_memory(task, head.qkv.data(), qkv), nearest_bf16(head.run(first, queries)))
          << "precision " << static_cast<int>(precision);
    }
  });
}

// Beside what the definition rounds, weights are: by up to 2^-8 of themselves, of values of up to 2; and what lies between two steps may go
// either way in f32.
TEST_P(Attention, in_bf16_equals_the_definition_on_rounded_operands) {
  Head head(GetParam());
  head.precision = ProductPrecision::kBf16;
  on_every_instruction_set_of_bf16([&] {
    const auto found = head.run(0, head.shape.length);
    const int step = head.shape.length > 300 ? 37 : 1;
    for (int i = 0; i < head.shape.length; i += step) {
      const auto wanted = head.exact(i);
      for (int d = 0; d < head.shape.head_dim; ++d) {
        ASSERT_NEAR(found[static_cast<size_t>(i * head.shape.head_dim + d)], wanted[static_cast<size_t>(d)], 1.2e-2) << "query " << i;
      }
    }
    for (int first = kQueryBlock; first < head.shape.length; first += kQueryBlock) {
      const auto part = head.run(first, std::min(kQueryBlock, head.shape.length - first));
      ASSERT_EQ(std::memcmp(part.data(), found.data() + first * head.shape.head_dim, part.size() * sizeof(float)), 0)
          << "block at " << first;
    }
  });
}

// x in whole numbers of 127 steps of each sign.
struct Rounded {
  explicit Rounded(const std::vector<double>& x) : whole(x) {
    double largest = 0;
    for (const double value : x) largest = std::max(largest, std::abs(value));
    scale = largest / 127;
    for (double& value : whole) value = scale == 0 ? 0 : std::nearbyint(value / scale);
  }

  std::vector<double> whole;
  double scale = 0;
};

// The definition on whole numbers as attention.h says, in double, where all keys are one block: rounded weights of values that are.
std::vector<double> in_whole_numbers(const Head& head, int query) {
  const Shape& shape = head.shape;
  const float* q = head.qkv.data() + query * head.stride;
  std::vector<double> scaled = head.rotated(q, query);
  for (double& value : scaled) value *= head.scale;
  const Rounded rounded_query(scaled);
  std::vector<double> scores, logs, out(static_cast<size_t>(shape.head_dim));
  std::vector<Rounded> values;
  double highest = -1e300, sum = 0;
  const int first = shape.window == 0 ? 0 : std::max(0, query - shape.window);
  const int last = shape.window == 0 ? shape.length : std::min(shape.length, query + shape.window + 1);
  for (int j = first; j < last; ++j) {
    const float* k = head.qkv.data() + j * head.stride + shape.head_dim;
    const float* v = k + shape.head_dim;
    const Rounded key(head.rotated(k, j));
    values.emplace_back(std::vector<double>(v, v + shape.head_dim));
    double score = 0;
    for (size_t d = 0; d < out.size(); ++d) score += rounded_query.whole[d] * key.whole[d];
    scores.push_back(score * rounded_query.scale * key.scale);
    logs.push_back(std::log2(values.back().scale));
    highest = std::max(highest, scores.back() + logs.back());
  }
  for (size_t j = 0; j < scores.size(); ++j) {
    const double weight = 255 * std::exp2(scores[j] + logs[j] - highest);
    sum += weight / values[j].scale;
    for (size_t d = 0; d < out.size(); ++d) out[d] += std::nearbyint(weight) * values[j].whole[d];
  }
  for (double& value : out) value /= sum;
  return out;
}

// Numbers between two steps may go either way in f32, of operands and of weights: hence the bound. Over several blocks of keys, and without
// vectors, what is wanted is the definition itself.
TEST_P(Attention, in_int8_equals_the_definition_on_whole_numbers) {
  Head head(GetParam());
  head.precision = ProductPrecision::kInt8;
  on_every_instruction_set([&] {
    const bool one_block = head.shape.length <= 512 && instruction_set_in_use() != "scalar";
    const auto found = head.run(0, head.shape.length);
    const int step = head.shape.length > 300 ? 37 : 1;
    for (int i = 0; i < head.shape.length; i += step) {
      const auto wanted = one_block ? in_whole_numbers(head, i) : head.exact(i);
      for (int d = 0; d < head.shape.head_dim; ++d) {
        ASSERT_NEAR(found[static_cast<size_t>(i * head.shape.head_dim + d)], wanted[static_cast<size_t>(d)], one_block ? 6e-3 : 4e-2)
            << "query " << i;
      }
    }
    for (int first = kQueryBlock; first < head.shape.length; first += kQueryBlock) {
      const auto part = head.run(first, std::min(kQueryBlock, head.shape.length - first));
      ASSERT_EQ(std::memcmp(part.data(), found.data() + first * head.shape.head_dim, part.size() * sizeof(float)), 0)
          << "block at " << first;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Lengths, Attention,
                         testing::Values(Shape{1, 64, 0, true}, Shape{2, 64, 64, true}, Shape{11, 32, 0, false}, Shape{13, 32, 0, false},
                                         Shape{80, 64, 0, true}, Shape{200, 64, 64, true}, Shape{193, 32, 0, false},
                                         Shape{515, 64, 0, true}, Shape{1100, 64, 64, true}, Shape{1537, 32, 0, true},
                                         Shape{700, 16, 3, true}, Shape{1300, 16, 600, false}, Shape{96, 64, 1, true}));
INSTANTIATE_TEST_SUITE_P(HeadSizes, Attention,
                         testing::Values(Shape{37, 1, 0, false}, Shape{37, 2, 5, true}, Shape{50, 3, 0, false}, Shape{50, 8, 8, true},
                                         Shape{50, 10, 8, true}, Shape{50, 20, 0, true}, Shape{70, 80, 16, true}, Shape{70, 128, 0, true},
                                         Shape{40, 256, 0, true}, Shape{40, 255, 0, false}));

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
        plain(Shape{shape_.length, shape_.head_dim, 0, false}),
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
  Head plain;
  int stride;
  std::vector<float> keys, queries;
  DisentangledScores spec;
  RelativeRows rows;
};

class RelativeAttention : public testing::TestWithParam<RelativeShape> {};

TEST_P(RelativeAttention, equals_the_definition) {
  const RelativeHead head(GetParam());
  on_every_instruction_set([&] {
    const auto found = head.run(0, head.shape.length);
    const int step = head.shape.length > 300 ? 37 : 1;  // the definition is slow: some rows of the long ones
    for (int i = 0; i < head.shape.length; i += step) {
      const auto wanted = head.exact(i);
      for (int d = 0; d < head.shape.head_dim; ++d) {
        ASSERT_NEAR(found[static_cast<size_t>(i * head.shape.head_dim + d)], wanted[static_cast<size_t>(d)], 1e-5) << "query " << i;
      }
    }
  });
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
      : plain(Shape{length, head_dim, 0, false}), bias(random_floats(static_cast<size_t>(spec.buckets * kStride), 10, -3, 3)) {
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
  Head plain;
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

TEST(AttentionScores, far_apart_do_not_overflow) {
  Head head(Shape{100, 32, 0, false});
  for (float& value : head.qkv) value *= 100.0f;
  on_every_instruction_set([&] {
    for (const float value : head.run(0, 100)) ASSERT_TRUE(std::isfinite(value));
  });
}

TEST(AttentionScores, of_nan_are_nan_in_bf16_and_int8_too) {
  Head head(Shape{70, 32, 0, false});
  head.qkv[5] = std::nanf("");  // of the first query
  on_every_instruction_set_of_bf16([&] {
    for (const ProductPrecision precision : {ProductPrecision::kBf16, ProductPrecision::kInt8}) {
      head.precision = precision;
      const auto found = head.run(0, 70);
      for (int d = 0; d < 32; ++d) ASSERT_TRUE(std::isnan(found[static_cast<size_t>(d)]));
      for (size_t i = 32; i < found.size(); ++i) ASSERT_TRUE(std::isfinite(found[i]));
    }
  });
}

// A key or a value that is no number reaches every query that sees it.
TEST(AttentionScores, of_nan_keys_and_values_in_int8_are_nan_where_they_are_seen) {
  for (const int part : {1, 2}) {
    Head head(Shape{200, 32, 8, true});
    head.precision = ProductPrecision::kInt8;
    head.qkv[static_cast<size_t>(100 * head.stride + part * 32 + 3)] = std::nanf("");
    on_every_instruction_set([&] {
      const auto found = head.run(0, 200);
      for (int i = 0; i < 200; ++i) {
        if (std::abs(i - 100) > 8) continue;
        for (int d = 0; d < 32; ++d) ASSERT_TRUE(std::isnan(found[static_cast<size_t>(i * 32 + d)]) || (part == 2 && d != 3)) << i;
      }
    });
  }
}

// What all keys of a long document share changes no weight: it must not take the steps of what they do not share.
TEST(AttentionScores, of_keys_with_much_in_common_are_exact_in_int8) {
  Head head(Shape{1100, 32, 0, false});
  head.precision = ProductPrecision::kInt8;
  for (int j = 0; j < head.shape.length; ++j) {
    for (int d = 0; d < 32; ++d) head.qkv[static_cast<size_t>(j * head.stride + 32 + d)] += d % 8 == 0 ? 400.0f : 3.0f;
  }
  on_every_instruction_set([&] {
    const auto found = head.run(0, head.shape.length);
    for (int i = 0; i < head.shape.length; i += 37) {
      const auto wanted = head.exact(i);
      for (int d = 0; d < 32; ++d)
        ASSERT_NEAR(found[static_cast<size_t>(i * 32 + d)], wanted[static_cast<size_t>(d)], 4e-2) << "query " << i;
    }
  });
}

// A key that takes nearly all weight, of a value near zero, must not hide the others' (attention sinks); nor may values of zero alone.
TEST(AttentionValues, of_all_magnitudes_count_in_int8) {
  Head head(Shape{300, 16, 0, false});
  head.precision = ProductPrecision::kInt8;
  for (int j = 0; j < 300; ++j) {
    float* row = head.qkv.data() + j * head.stride;
    for (int d = 0; d < 16; ++d) {
      row[d] = 1.0f;
      row[16 + d] = j == 0 ? 2.5f : 0.1f;  // e^9.6 times the others' weight
      row[32 + d] = j == 0 || j == 7 ? 0.0f : std::exp2(static_cast<float>(d % 3)) * (j % 2 == 0 ? 1e-3f : 1e4f);
    }
  }
  on_every_instruction_set([&] {
    const auto found = head.run(0, 300);
    const auto wanted = head.exact(150);
    for (size_t d = 0; d < 16; ++d) ASSERT_NEAR(found[150 * 16 + d] / wanted[d], 1.0, 2e-2);
  });
  for (int j = 0; j < 300; ++j) std::fill_n(head.qkv.data() + j * head.stride + 32, 16, 0.0f);
  on_every_instruction_set([&] {
    for (const float value : head.run(0, 300)) ASSERT_EQ(value, 0.0f);
  });
}

TEST(AttentionMemory, is_linear_in_the_window_and_not_in_the_length) {
  const Head shorter(Shape{1000, 64, 64, true});
  const Head longer(Shape{4000, 64, 64, true});
  float out = 0;
  EXPECT_EQ(attention_scratch_floats(shorter.task(192, 192, &out)), attention_scratch_floats(longer.task(192, 192, &out)));
}

}  // namespace
}  // namespace crossrank
