#include "cpu/attention_gradient.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "cpu/aligned_buffer.h"
#include "cpu/kernel_test.h"
#include "cpu/rotary.h"

namespace crossrank {
namespace {

enum class Queries { kAll, kFirst, kLast };
enum class Tables { kNone, kKeys, kQueries, kBoth, kBias };

struct Shape {
  int length;
  int head_dim;
  int window;
  bool rotary;
  double dropout = 0;
  Queries queries = Queries::kAll;
  Tables tables = Tables::kNone;
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.length << " tokens, head_dim " << shape.head_dim << ", window " << shape.window << (shape.rotary ? ", rotary" : "")
       << ", dropout " << shape.dropout << (shape.queries == Queries::kAll ? "" : ", one query") << ", tables "
       << static_cast<int>(shape.tables);
}

using Rows = std::vector<std::vector<double>>;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void add_scaled(const std::vector<double>& x, double factor, std::vector<double>& sum) {
  for (size_t i = 0; i < x.size(); ++i) sum[i] += factor * x[i];
}

// What is beside a head's columns, and stays.
template <typename Value>
constexpr Value kUnwritten = static_cast<Value>(7);

// One head: q k v side by side in rows of 3 * head_dim + 5, and a gradient of its output.
struct Head {
  explicit Head(const Shape& shape)
      : s(shape),
        stride(3 * s.head_dim + 5),
        first_query(s.queries == Queries::kLast ? s.length - 1 : 0),
        queries(s.queries == Queries::kAll ? s.length : 1),
        qkv(random_floats(static_cast<size_t>(s.length * stride), 7, -1.5f, 1.5f)),
        grad_out(random_floats(static_cast<size_t>(queries * s.head_dim), 8)),
        dropout(dropout_mask(s.dropout, 12, 3, 5)) {
    if (s.rotary) tables.prepare(10000.0, s.head_dim, s.length);
    if (s.tables == Tables::kNone) return;
    if (s.tables == Tables::kBias) {
      rows.prepare(DistanceBias{.rows = kTableRows, .buckets = kTableRows, .max_distance = 100}, s.length);
      relative.bias = bias.data();
      relative.stride = kBiasStride;
    } else {
      rows.prepare(DisentangledScores{.span = kTableRows / 2, .buckets = kTableRows / 2, .max_distance = 100}, s.length);
      relative.stride = s.head_dim + 3;
      if (s.tables != Tables::kQueries) relative.keys = key_table.data();
      if (s.tables != Tables::kKeys) relative.queries = query_table.data();
      relative.parts = s.tables == Tables::kBoth ? 3 : 2;
    }
    relative.rows = rows.centre();
  }

  static constexpr int kTableRows = 40, kBiasStride = 3;

  // Row `of` of a table, in double.
  std::vector<double> table_row(const float* table, int of) const {
    const float* x = table + of * relative.stride;
    return {x, x + s.head_dim};
  }

  // Queries, keys or values (`part` 0, 1, 2), rotated.
  std::vector<double> row(int part, int position) const {
    const float* x = qkv.data() + position * stride + part * s.head_dim;
    std::vector<double> y(x, x + s.head_dim);
    if (part < 2) rotate(position, 1.0, y);
    return y;
  }

  void rotate(int position, double direction, std::vector<double>& y) const {
    if (!s.rotary) return;
    const auto half = static_cast<size_t>(s.head_dim / 2);
    const float* angles = tables.find(10000.0, s.head_dim) + position * s.head_dim;
    for (size_t i = 0; i < half; ++i) {
      const double c = static_cast<double>(angles[i]), sine = direction * static_cast<double>(angles[half + i]), a = y[i], b = y[half + i];
      y[i] = a * c - b * sine;
      y[half + i] = b * c + a * sine;
    }
  }

  // Forward and backward as they are defined, in double: softmax, dropout, and their derivatives.
  struct Wanted {
    Rows out, grad_q, grad_k, grad_v, grad_keys, grad_queries;
    std::vector<double> grad_bias;
  };

  void define(Wanted& wanted) const {
    auto& [out, grad_q, grad_k, grad_v, grad_keys, grad_queries, grad_bias] = wanted;
    const auto d = static_cast<size_t>(s.head_dim), n = static_cast<size_t>(s.length), m = static_cast<size_t>(queries);
    out.assign(m, std::vector<double>(d));
    grad_q = out;
    grad_k.assign(n, std::vector<double>(d));
    grad_v = grad_k;
    Rows keys, values;
    for (int j = 0; j < s.length; ++j) {
      keys.push_back(row(1, j));
      values.push_back(row(2, j));
    }
    grad_keys.assign(kTableRows, std::vector<double>(d));
    grad_queries = grad_keys;
    grad_bias.assign(kTableRows, 0);
    const double scale = 1 / std::sqrt(static_cast<double>(s.head_dim) * relative.parts);
    for (size_t r = 0; r < m; ++r) {
      const int i = first_query + static_cast<int>(r);
      const std::vector<double> query = row(0, i);
      const std::vector<double> grad(grad_out.begin() + static_cast<ptrdiff_t>(r * d),
                                     grad_out.begin() + static_cast<ptrdiff_t>((r + 1) * d));
      std::vector<double> weights(n), grads(n);
      double sum = 0, mean = 0;
      for (size_t j = 0; j < n; ++j) {
        const bool seen = s.window == 0 || std::abs(i - static_cast<int>(j)) <= s.window;
        double score = scale * dot(query, keys[j]);
        const int row = relative.any() ? relative.rows[static_cast<int>(j) - i] : 0;
        if (relative.keys != nullptr) score += scale * dot(query, table_row(relative.keys, row));
        if (relative.queries != nullptr) score += scale * dot(keys[j], table_row(relative.queries, row));
        if (relative.bias != nullptr) score += static_cast<double>(relative.bias[row * relative.stride]);
        weights[j] = seen ? std::exp(score) : 0;
        sum += weights[j];
      }
      for (size_t j = 0; j < n; ++j) {
        weights[j] /= sum;
        const double factor = is_kept(dropout, i, static_cast<int>(j)) ? static_cast<double>(dropout.scale) : 0;
        add_scaled(values[j], weights[j] * factor, out[r]);
        add_scaled(grad, weights[j] * factor, grad_v[j]);
        grads[j] = factor * dot(grad, values[j]);
        mean += weights[j] * grads[j];
      }
      for (size_t j = 0; j < n; ++j) {
        const double grad_score = scale * weights[j] * (grads[j] - mean);
        add_scaled(keys[j], grad_score, grad_q[r]);
        add_scaled(query, grad_score, grad_k[j]);
        if (!relative.any()) continue;
        const int of = relative.rows[static_cast<int>(j) - i];
        const auto row = static_cast<size_t>(of);
        if (relative.keys != nullptr) {
          add_scaled(table_row(relative.keys, of), grad_score, grad_q[r]);
          add_scaled(query, grad_score, grad_keys[row]);
        }
        if (relative.queries != nullptr) {
          add_scaled(table_row(relative.queries, of), grad_score, grad_k[j]);
          add_scaled(keys[j], grad_score, grad_queries[row]);
        }
        if (relative.bias != nullptr) grad_bias[row] += grad_score / scale;
      }
      rotate(i, -1.0, grad_q[r]);
    }
    for (int j = 0; j < s.length; ++j) rotate(j, -1.0, grad_k[static_cast<size_t>(j)]);
  }

  // Gradients of tables, of their stride.
  struct TableGradients {
    std::vector<float> keys, queries, bias;
  };

  // The kernels on these numbers: out, which `change_out` may change before the backward pass reads it, then the gradients of q [queries,
  // 3 * head_dim + 5] and of k and v, [length, 3 * head_dim + 5] both.
  template <typename Value>
  void run(const std::vector<Value>& of_qkv, const std::vector<Value>& of_out, std::vector<Value>& out, std::vector<Value>& grad,
           TableGradients& grad_tables, const std::function<void()>& change_out = {}) const {
    const int d = s.head_dim;
    out.assign(static_cast<size_t>(queries * d), Value{0});
    grad.assign(of_qkv.size(), kUnwritten<Value>);
    std::vector<float> log_sums(static_cast<size_t>(queries));
    BasicHeadAttentionGradient<Value> task;
    BasicHeadAttention<Value>& forward = task.forward;
    forward.q = of_qkv.data() + first_query * stride;
    forward.k = of_qkv.data() + d;
    forward.v = of_qkv.data() + 2 * d;
    forward.out = out.data();
    forward.q_stride = forward.kv_stride = stride;
    forward.out_stride = task.grad_out_stride = d;
    forward.head_dim = d;
    forward.window = s.window;
    forward.length = s.length;
    forward.first_query = first_query;
    forward.queries = queries;
    forward.rotary = s.rotary ? tables.find(10000.0, d) : nullptr;
    forward.log_sum_exp = log_sums.data();
    forward.dropout = dropout;
    forward.relative = relative;
    grad_tables.keys.assign(key_table.size(), 0.0f);
    grad_tables.queries = grad_tables.keys;
    grad_tables.bias.assign(bias.size(), 0.0f);
    task.grad_relative_keys = grad_tables.keys.data();
    task.grad_relative_queries = grad_tables.queries.data();
    task.grad_relative_bias = grad_tables.bias.data();
    task.grad_relative_stride = relative.stride;
    AlignedBuffer scratch(attention_scratch_floats(forward));
    std::fill_n(scratch.data(), scratch.size(), std::nanf(""));  // nothing may be read before it is written
    attend(forward, scratch.data());
    if (change_out) change_out();
    task.grad_out = of_out.data();
    task.grad_q = grad.data() + first_query * stride;
    task.grad_k = grad.data() + d;
    task.grad_v = grad.data() + 2 * d;
    task.grad_q_stride = task.grad_kv_stride = stride;
    scratch.grow(attention_gradient_scratch_floats(forward));
    std::fill_n(scratch.data(), scratch.size(), std::nanf(""));
    attend_backward(task, scratch.data());
  }

  Shape s;
  int stride, first_query, queries;
  std::vector<float> qkv, grad_out;
  DropoutMask dropout;
  RotaryTables tables;
  RelativeRows rows;
  std::vector<float> key_table = random_floats(static_cast<size_t>(kTableRows * (s.head_dim + 3)), 9);
  std::vector<float> query_table = random_floats(static_cast<size_t>(kTableRows * (s.head_dim + 3)), 10);
  std::vector<float> bias = random_floats(kTableRows * kBiasStride, 11);
  HeadRelativeScores relative;
};

class AttentionGradient : public testing::TestWithParam<Shape> {};

TEST_P(AttentionGradient, equals_the_definition) {
  const Head head(GetParam());
  Head::Wanted wanted;
  head.define(wanted);
  const auto& [out, grad_q, grad_k, grad_v, grad_keys, grad_queries, grad_bias] = wanted;
  on_every_instruction_set([&] {
    std::vector<float> found_out, found;
    Head::TableGradients tables;
    head.run(head.qkv, head.grad_out, found_out, found, tables);
    const int d = head.s.head_dim;
    // Gradients of one query's 512 keys are sums of terms of size 1 / 512; those of k and v sum over all queries.
    constexpr double kBound = 1e-5;
    for (int r = 0; r < head.queries; ++r) {
      for (int i = 0; i < d; ++i) {
        const auto row = static_cast<size_t>(r), column = static_cast<size_t>(i);
        ASSERT_NEAR(found_out[row * static_cast<size_t>(d) + column], out[row][column], kBound) << "query " << r;
        ASSERT_NEAR(found[static_cast<size_t>((head.first_query + r) * head.stride + i)], grad_q[row][column], kBound) << "query " << r;
      }
    }
    for (int j = 0; j < head.s.length; ++j) {
      for (int i = 0; i < d; ++i) {
        const auto row = static_cast<size_t>(j), column = static_cast<size_t>(i);
        ASSERT_NEAR(found[static_cast<size_t>(j * head.stride + d + i)], grad_k[row][column], kBound) << "key " << j;
        ASSERT_NEAR(found[static_cast<size_t>(j * head.stride + 2 * d + i)], grad_v[row][column], kBound) << "key " << j;
      }
      // Beside the head's columns nothing is written.
      ASSERT_EQ(found[static_cast<size_t>(j * head.stride + 3 * d)], kUnwritten<float>);
    }
    // A row of a table is met by up to length * length / 40 pairs.
    constexpr double kTableBound = 5e-5;
    for (int row = 0; row < Head::kTableRows; ++row) {
      const auto of = static_cast<size_t>(row);
      for (int i = 0; i < d; ++i) {
        const auto place = static_cast<size_t>(row * (d + 3) + i), column = static_cast<size_t>(i);
        ASSERT_NEAR(tables.keys[place], grad_keys[of][column], kTableBound) << "row " << row;
        ASSERT_NEAR(tables.queries[place], grad_queries[of][column], kTableBound) << "row " << row;
      }
      ASSERT_NEAR(tables.bias[of * Head::kBiasStride], grad_bias[of], kTableBound) << "row " << row;
    }
  });
}

// What the forward pass gave is bf16 too, and the backward pass reads it.
TEST_P(AttentionGradient, of_bf16_in_memory_is_that_of_the_same_floats_rounded) {
  const Head head(GetParam());
  const auto qkv = nearest_bf16(head.qkv), grad_out = nearest_bf16(head.grad_out);
  on_every_instruction_set_of_bf16([&] {
    std::vector<float> wanted_out, wanted;
    Head::TableGradients wanted_tables, found_tables;
    head.run(widened(qkv), widened(grad_out), wanted_out, wanted, wanted_tables, [&] {
      for (float& value : wanted_out) value = widened(nearest_bf16(value));
    });
    std::vector<Bf16> found_out, found;
    head.run(qkv, grad_out, found_out, found, found_tables);
    EXPECT_EQ(found_tables.keys, wanted_tables.keys);
    EXPECT_EQ(found_tables.queries, wanted_tables.queries);
    EXPECT_EQ(found_tables.bias, wanted_tables.bias);
    EXPECT_EQ(found_out, nearest_bf16(wanted_out));
    for (size_t i = 0; i < found.size(); ++i) {
      const bool written = wanted[i] != kUnwritten<float>;
      ASSERT_EQ(found[i], written ? nearest_bf16(wanted[i]) : kUnwritten<Bf16>) << i;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, AttentionGradient,
                         testing::Values(Shape{1, 64, 0, true}, Shape{2, 32, 1, true}, Shape{11, 32, 0, false}, Shape{80, 64, 0, true},
                                         Shape{129, 64, 0, true}, Shape{200, 32, 64, true}, Shape{301, 16, 3, true},
                                         Shape{515, 16, 0, true}, Shape{450, 8, 120, false}, Shape{96, 64, 1, true}));
INSTANTIATE_TEST_SUITE_P(HeadSizes, AttentionGradient,
                         testing::Values(Shape{37, 1, 0, false}, Shape{37, 2, 5, true}, Shape{50, 3, 0, false}, Shape{50, 10, 8, true},
                                         Shape{50, 20, 0, true}, Shape{40, 80, 16, true}, Shape{30, 255, 0, false}));
INSTANTIATE_TEST_SUITE_P(Dropout, AttentionGradient,
                         testing::Values(Shape{1, 16, 0, true, 0.5}, Shape{150, 32, 0, false, 0.1}, Shape{200, 16, 20, true, 0.3},
                                         Shape{20, 16, 0, true, 1.0}, Shape{140, 16, 0, true, 0.2, Queries::kLast}));
INSTANTIATE_TEST_SUITE_P(OneQuery, AttentionGradient,
                         testing::Values(Shape{300, 32, 0, true, 0, Queries::kFirst}, Shape{300, 32, 0, true, 0, Queries::kLast},
                                         Shape{300, 32, 40, true, 0, Queries::kLast}, Shape{1, 32, 0, false, 0, Queries::kLast}));

constexpr auto kAllQueries = Queries::kAll;
INSTANTIATE_TEST_SUITE_P(
    Relative, AttentionGradient,
    testing::Values(Shape{1, 16, 0, false, 0, kAllQueries, Tables::kBoth}, Shape{37, 10, 0, false, 0, kAllQueries, Tables::kKeys},
                    Shape{150, 16, 0, false, 0, kAllQueries, Tables::kQueries}, Shape{301, 32, 0, false, 0, kAllQueries, Tables::kBoth},
                    Shape{140, 16, 0, false, 0.2, kAllQueries, Tables::kBoth}, Shape{200, 16, 0, false, 0, Queries::kLast, Tables::kBoth},
                    Shape{200, 16, 0, false, 0, Queries::kFirst, Tables::kBias},
                    Shape{301, 16, 0, false, 0.1, kAllQueries, Tables::kBias}));

TEST(AttentionGradientMemory, is_linear_in_the_length) {
  AttentionTask task;
  task.head_dim = 64;
  const auto floats = [&](int length) {
    task.length = task.queries = length;
    return attention_gradient_scratch_floats(task);
  };
  EXPECT_EQ(floats(4000) - floats(2000), floats(6000) - floats(4000));
}

TEST(DropoutMask, drops_as_often_as_it_is_told_and_differently_in_each_place) {
  const int n = 400;
  for (const double probability : {0.1, 0.5}) {
    const auto dropout = dropout_mask(probability, 12, 0, 0);
    const DropoutMask others[] = {dropout_mask(probability, 13, 0, 0), dropout_mask(probability, 12, 1, 0),
                                  dropout_mask(probability, 12, 0, 1)};
    int dropped = 0, right = 0, below = 0, shifted = 0;
    int same[3] = {};
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        const bool kept = is_kept(dropout, i, j);
        dropped += kept ? 0 : 1;
        right += kept == is_kept(dropout, i, j + 1) ? 1 : 0;
        below += kept == is_kept(dropout, i + 1, j) ? 1 : 0;
        shifted += kept == is_kept(dropout, i + 1, j + 1) ? 1 : 0;
        for (size_t o = 0; o < 3; ++o) same[o] += kept == is_kept(others[o], i, j) ? 1 : 0;
      }
    }
    // Shares of 160,000 draws: a standard deviation is at most 0.00125.
    const double draws = static_cast<double>(n) * n, independent = probability * probability + (1 - probability) * (1 - probability);
    EXPECT_NEAR(dropped / draws, probability, 0.006);
    for (const int equal : {right, below, shifted, same[0], same[1], same[2]}) EXPECT_NEAR(equal / draws, independent, 0.006);
  }
}

TEST(DropoutMask, of_nothing_keeps_all) {
  const auto none = dropout_mask(0, 12, 0, 0);
  for (int j = 0; j < 1000; ++j) EXPECT_TRUE(is_kept(none, 0, j));
  EXPECT_EQ(none.scale, 1.0f);
}

}  // namespace
}  // namespace crossrank
