#include "cpu/dense.h"

#include <cmath>
#include <type_traits>

#include "cpu/kernel_test.h"

namespace crossrank {
namespace {

struct Sizes {
  int rows;
  int in;
  int out;
};

void PrintTo(const Sizes& sizes, std::ostream* out) { *out << sizes.rows << " rows, " << sizes.in << " to " << sizes.out; }

// Numbers of a linear map, and its definition in double.
struct Map {
  explicit Map(const Sizes& sizes)
      : s(sizes),
        x(random_floats(static_cast<size_t>(s.rows * s.in), 1)),
        weight(random_floats(static_cast<size_t>(s.out * s.in), 2)),
        bias(random_floats(static_cast<size_t>(s.out), 3)),
        grad_y(random_floats(static_cast<size_t>(s.rows * s.out), 4)) {}

  // Sum over k of a(i, k) b(k, j).
  template <typename A, typename B>
  static double sum(int depth, const A& a, const B& b) {
    double total = 0;
    for (int k = 0; k < depth; ++k) total += static_cast<double>(a(k)) * static_cast<double>(b(k));
    return total;
  }
  float at(const std::vector<float>& m, int row, int column, int columns) const { return m[static_cast<size_t>(row * columns + column)]; }

  Sizes s;
  std::vector<float> x, weight, bias, grad_y;
};

// The same numbers as operands.
template <typename Operand>
std::vector<Operand> as(const std::vector<float>& values) {
  if constexpr (std::is_same_v<Operand, Bf16>) {
    return nearest_bf16(values);
  } else {
    return values;
  }
}

// Sums of `depth` products of numbers in [-1, 1): f32 loses a few units in the last place of a sum of size sqrt(depth / 9); each bf16
// operand is off by at most 2^-9 of itself, and such errors add up like the terms do.
template <typename Operand>
double bound(int depth) {
  const double size = std::sqrt(static_cast<double>(depth) / 9.0) + 1;
  return std::is_same_v<Operand, float> ? 3e-6 * size : 1.2e-2 * size;
}

class Dense : public testing::TestWithParam<Sizes> {
 protected:
  template <typename Operand>
  void expect_forward() const;
  template <typename Operand>
  void expect_backward() const;

  const Map map_{GetParam()};
  const Sizes s_ = GetParam();
};

template <typename Operand>
void Dense::expect_forward() const {
  const auto x = as<Operand>(map_.x);
  for (const bool with_bias : {false, true}) {
    std::vector<float> y(static_cast<size_t>(s_.rows * s_.out));
    DenseForward<Operand> map = {s_.rows, s_.in, s_.out, x.data(), map_.weight.data(), with_bias ? map_.bias.data() : nullptr, y.data()};
    dense_forward(map);
    for (int r = 0; r < s_.rows; ++r) {
      for (int o = 0; o < s_.out; ++o) {
        const double wanted = Map::sum(
            s_.in, [&](int k) { return map_.at(map_.x, r, k, s_.in); }, [&](int k) { return map_.at(map_.weight, o, k, s_.in); });
        const double biased = wanted + (with_bias ? map_.bias[static_cast<size_t>(o)] : 0.0f);
        ASSERT_NEAR(map_.at(y, r, o, s_.out), biased, bound<Operand>(s_.in)) << "row " << r << ", feature " << o;
      }
    }
    if constexpr (std::is_same_v<Operand, Bf16>) {
      std::vector<Bf16> rounded(y.size());
      map.y = rounded.data();
      dense_forward(map);
      EXPECT_EQ(rounded, nearest_bf16(y));
    }
  }
}

template <typename Operand>
void Dense::expect_backward() const {
  const auto x = as<Operand>(map_.x), grad_y = as<Operand>(map_.grad_y);
  std::vector<float> grad_x(map_.x.size()), grad_weight(map_.weight.size()), grad_bias(map_.bias.size());
  DenseBackward<Operand> map = {
      s_.rows, s_.in, s_.out, grad_y.data(), x.data(), map_.weight.data(), grad_x.data(), grad_weight.data(), grad_bias.data()};
  dense_backward(map);
  for (int i = 0; i < s_.in; ++i) {
    for (int r = 0; r < s_.rows; ++r) {
      const double wanted = Map::sum(
          s_.out, [&](int k) { return map_.at(map_.grad_y, r, k, s_.out); }, [&](int k) { return map_.at(map_.weight, k, i, s_.in); });
      ASSERT_NEAR(map_.at(grad_x, r, i, s_.in), wanted, bound<Operand>(s_.out)) << "row " << r << ", input " << i;
    }
    for (int o = 0; o < s_.out; ++o) {
      const double wanted = Map::sum(
          s_.rows, [&](int k) { return map_.at(map_.grad_y, k, o, s_.out); }, [&](int k) { return map_.at(map_.x, k, i, s_.in); });
      ASSERT_NEAR(map_.at(grad_weight, o, i, s_.in), wanted, bound<Operand>(s_.rows)) << "feature " << o << ", input " << i;
    }
  }
  for (int o = 0; o < s_.out; ++o) {
    const double wanted = Map::sum(
        s_.rows, [&](int k) { return map_.at(map_.grad_y, k, o, s_.out); }, [](int) { return 1.0f; });
    ASSERT_NEAR(grad_bias[static_cast<size_t>(o)], wanted, bound<Operand>(s_.rows)) << "feature " << o;
  }
  if constexpr (std::is_same_v<Operand, Bf16>) {
    std::vector<Bf16> rounded(grad_x.size());
    map.grad_x = rounded.data();
    dense_backward(map);
    EXPECT_EQ(rounded, nearest_bf16(grad_x));
  }
}

TEST_P(Dense, forward_equals_the_definition) { expect_forward<float>(); }
TEST_P(Dense, backward_equals_the_definition) { expect_backward<float>(); }

TEST_P(Dense, in_bf16_both_are_near_the_definition) {
  if (!has_fast_bf16()) GTEST_SKIP() << "this machine has no fast bf16 products";
  expect_forward<Bf16>();
  expect_backward<Bf16>();
}

INSTANTIATE_TEST_SUITE_P(Shapes, Dense,
                         testing::Values(Sizes{1, 1, 1}, Sizes{2, 7, 5}, Sizes{1, 64, 3}, Sizes{16, 384, 1}, Sizes{33, 20, 60},
                                         Sizes{131, 48, 96}, Sizes{70, 96, 131}));

TEST(DenseBackward, computes_what_is_asked_for_alone) {
  const Map map({5, 8, 6});
  std::vector<float> grad_weight(map.weight.size());
  dense_backward(DenseBackward<float>{5, 8, 6, map.grad_y.data(), map.x.data(), nullptr, {}, grad_weight.data(), nullptr});
  EXPECT_NE(grad_weight.front(), 0.0f);
}

TEST(DenseBackward, of_no_rows_is_zero) {
  std::vector<float> grad_weight(6, 1.0f), grad_bias(2, 1.0f);
  dense_backward(DenseBackward<float>{0, 3, 2, nullptr, nullptr, nullptr, {}, grad_weight.data(), grad_bias.data()});
  EXPECT_EQ(grad_weight, std::vector<float>(6, 0.0f));
  EXPECT_EQ(grad_bias, std::vector<float>(2, 0.0f));
}

// More shapes than kernels are kept for.
TEST(DenseForward, goes_on_after_many_shapes) {
  const auto x = random_floats(300 * 4, 5);
  const std::vector<float> weight = {1, 0, 0, 0};
  std::vector<float> y(300);
  for (int rows = 1; rows <= 300; ++rows) {
    dense_forward(DenseForward<float>{rows, 4, 1, x.data(), weight.data(), nullptr, y.data()});
    ASSERT_EQ(y[static_cast<size_t>(rows) - 1], x[static_cast<size_t>(rows - 1) * 4]);
  }
}

}  // namespace
}  // namespace crossrank
