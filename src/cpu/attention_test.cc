#include "cpu/attention_test.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace crossrank {
namespace {

class Attention : public testing::TestWithParam<HeadShape> {};

TEST_P(Attention, equals_the_definition) {
  const AttentionHead head(GetParam());
  on_every_instruction_set([&] { expect_definition(head, head.run(0, head.shape.length), 5e-6); });
}

TEST_P(Attention, one_query_alone_equals_the_definition) {
  const AttentionHead head(GetParam());
  on_every_instruction_set([&] {
    for (const int query : {0, head.shape.length - 1}) {
      const auto found = head.run(query, 1);
      const auto wanted = head.exact(query);
      for (size_t d = 0; d < wanted.size(); ++d) ASSERT_NEAR(found[d], wanted[d], 5e-6) << "query " << query;
    }
  });
}

TEST_P(Attention, a_block_of_queries_alone_gives_the_same_bits) {
  const AttentionHead head(GetParam());
  on_every_instruction_set([&] {
    const auto all = head.run(0, head.shape.length);
    for (int first = kQueryBlock; first < head.shape.length; first += kQueryBlock) {
      const auto part = head.run(first, std::min(kQueryBlock, head.shape.length - first));
      ASSERT_EQ(std::memcmp(part.data(), all.data() + first * head.shape.head_dim, part.size() * sizeof(float)), 0) << "block at " << first;
    }
  });
}

TEST_P(Attention, of_bf16_in_memory_is_that_of_the_same_floats_rounded) {
  AttentionHead head(GetParam());
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
  AttentionHead head(GetParam());
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
std::vector<double> in_whole_numbers(const AttentionHead& head, int query) {
  const HeadShape& shape = head.shape;
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
  AttentionHead head(GetParam());
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
                         testing::Values(HeadShape{1, 64, 0, true}, HeadShape{2, 64, 64, true}, HeadShape{11, 32, 0, false},
                                         HeadShape{13, 32, 0, false}, HeadShape{80, 64, 0, true}, HeadShape{200, 64, 64, true},
                                         HeadShape{193, 32, 0, false}, HeadShape{515, 64, 0, true}, HeadShape{1100, 64, 64, true},
                                         HeadShape{1537, 32, 0, true}, HeadShape{700, 16, 3, true}, HeadShape{1300, 16, 600, false},
                                         HeadShape{96, 64, 1, true}));
INSTANTIATE_TEST_SUITE_P(HeadSizes, Attention,
                         testing::Values(HeadShape{37, 1, 0, false}, HeadShape{37, 2, 5, true}, HeadShape{50, 3, 0, false},
                                         HeadShape{50, 8, 8, true}, HeadShape{50, 10, 8, true}, HeadShape{50, 20, 0, true},
                                         HeadShape{70, 80, 16, true}, HeadShape{70, 128, 0, true}, HeadShape{40, 256, 0, true},
                                         HeadShape{40, 255, 0, false}));

TEST(AttentionScores, far_apart_do_not_overflow) {
  AttentionHead head(HeadShape{100, 32, 0, false});
  for (float& value : head.qkv) value *= 100.0f;
  on_every_instruction_set([&] {
    for (const float value : head.run(0, 100)) ASSERT_TRUE(std::isfinite(value));
  });
}

TEST(AttentionScores, of_nan_are_nan_in_bf16_and_int8_too) {
  AttentionHead head(HeadShape{70, 32, 0, false});
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
    AttentionHead head(HeadShape{200, 32, 8, true});
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
  AttentionHead head(HeadShape{1100, 32, 0, false});
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
  AttentionHead head(HeadShape{300, 16, 0, false});
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
  const AttentionHead shorter(HeadShape{1000, 64, 64, true});
  const AttentionHead longer(HeadShape{4000, 64, 64, true});
  float out = 0;
  EXPECT_EQ(attention_scratch_floats(shorter.task(192, 192, &out)), attention_scratch_floats(longer.task(192, 192, &out)));
}

}  // namespace
}  // namespace crossrank
