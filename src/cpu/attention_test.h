// attention_test: one head of attention on made-up numbers, and what it is by definition.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ostream>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "cpu/attention.h"
#include "cpu/kernel_test.h"
#include "cpu/rotary.h"

namespace crossrank {

struct HeadShape {
  int length;
  int head_dim;
  int window;
  bool rotary;
};

inline void PrintTo(const HeadShape& shape, std::ostream* out) {
  *out << shape.length << " tokens, head_dim " << shape.head_dim << ", window " << shape.window << (shape.rotary ? ", rotary" : "");
}

template <typename Value>
void run_task(const BasicHeadAttention<Value>& task) {
  AlignedBuffer scratch(attention_scratch_floats(task));
  std::fill_n(scratch.data(), scratch.size(), std::nanf(""));  // nothing may be read before it is written
  attend(task, scratch.data());
}

// The nearest number with 8 significant bits.
inline double to_bf16(double x) {
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
}

// The same task on `qkv`, which holds what lies at `floats` in bf16.
inline std::vector<Bf16> run_in_bf16_memory(const HeadAttention& task, const float* floats, const std::vector<Bf16>& qkv) {
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
struct AttentionHead {
  explicit AttentionHead(const HeadShape& shape_)
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

  HeadShape shape;
  int stride;
  double scale = std::log2(std::exp(1.0)) / std::sqrt(shape.head_dim);  // of queries: weights are powers of 2
  ProductPrecision precision = ProductPrecision::kF32;
  std::vector<float> qkv;
  RotaryTables tables;
};

/// All queries' results beside the definition, which is slow: of long ones some rows.
template <class Head>
void expect_definition(const Head& head, const std::vector<float>& found, double bound) {
  const int head_dim = head.shape.head_dim;
  const int step = head.shape.length > 300 ? 37 : 1;
  for (int i = 0; i < head.shape.length; i += step) {
    const auto wanted = head.exact(i);
    for (int d = 0; d < head_dim; ++d) {
      ASSERT_NEAR(found[static_cast<size_t>(i * head_dim + d)], wanted[static_cast<size_t>(d)], bound) << "query " << i;
    }
  }
}

}  // namespace crossrank
