#include "cpu/norm.h"

#include <cmath>

#include "cpu/kernel_test.h"

namespace crossrank {
namespace {

// The definition, in double.
std::vector<double> exact_norm(const std::vector<double>& x, const float* weight, const float* bias, double eps) {
  double mean = 0, variance = 0;
  for (const double value : x) mean += value;
  mean /= static_cast<double>(x.size());
  for (const double value : x) variance += (value - mean) * (value - mean);
  variance /= static_cast<double>(x.size());
  std::vector<double> y(x.size());
  for (size_t i = 0; i < x.size(); ++i) y[i] = (x[i] - mean) / std::sqrt(variance + eps) * weight[i] + (bias == nullptr ? 0 : bias[i]);
  return y;
}

class Norm : public testing::TestWithParam<int> {
 protected:
  const int columns_ = GetParam();
  const std::vector<float> x_ = random_floats(kRows * static_cast<size_t>(columns_), 1, 3, 7);
  const std::vector<float> residual_ = random_floats(kRows * static_cast<size_t>(columns_), 2, -4, 4);
  const std::vector<float> weight_ = random_floats(static_cast<size_t>(columns_), 3);
  const std::vector<float> norm_bias_ = random_floats(static_cast<size_t>(columns_), 4);
  const std::vector<float> bias_ = random_floats(static_cast<size_t>(columns_), 5);
  static constexpr int kRows = 3;
  static constexpr double kBound = 3e-5;  // of two columns, whose difference cancels; 1e-6 of many

  std::vector<double> row(int r, bool summed, const float* bias) const {
    std::vector<double> values;
    for (int i = 0; i < columns_; ++i) {
      const auto at = static_cast<size_t>(r * columns_ + i);
      values.push_back(static_cast<double>(x_[at]) + (summed ? residual_[at] : 0.0) + (bias == nullptr ? 0.0 : bias[i]));
    }
    return values;
  }
  void expect_rows(const std::vector<float>& found, bool summed, const float* bias, const float* norm_bias) const {
    for (int r = 0; r < kRows; ++r) {
      const auto wanted = exact_norm(row(r, summed, bias), weight_.data(), norm_bias, 1e-5);
      for (int i = 0; i < columns_; ++i) ASSERT_NEAR(found[static_cast<size_t>(r * columns_ + i)], wanted[static_cast<size_t>(i)], kBound);
    }
  }
};

TEST_P(Norm, equals_the_definition_with_and_without_bias) {
  on_every_instruction_set([&] {
    for (const float* norm_bias : {static_cast<const float*>(nullptr), norm_bias_.data()}) {
      std::vector<float> out(x_.size());
      norm_rows({weight_.data(), norm_bias, 1e-5f}, view_of(x_, kRows, columns_), view_of(out, kRows, columns_));
      expect_rows(out, false, nullptr, norm_bias);
    }
  });
}

TEST_P(Norm, after_a_residual_sum_equals_the_definition) {
  on_every_instruction_set([&] {
    for (const float* bias : {static_cast<const float*>(nullptr), bias_.data()}) {
      std::vector<float> out = x_;
      add_norm_rows({weight_.data(), norm_bias_.data(), 1e-5f}, view_of(residual_, kRows, columns_), bias, view_of(out, kRows, columns_));
      expect_rows(out, true, bias, norm_bias_.data());
      out = x_;
      add_norm_rows({weight_.data(), nullptr, 1e-5f}, {}, bias, view_of(out, kRows, columns_));
      expect_rows(out, false, bias, nullptr);
    }
  });
}

TEST_P(Norm, residual_sum_adds_residual_and_bias) {
  on_every_instruction_set([&] {
    std::vector<float> out = x_;
    add_rows(view_of(residual_, kRows, columns_), bias_.data(), view_of(out, kRows, columns_));
    for (int r = 0; r < kRows; ++r) {
      const auto wanted = row(r, true, bias_.data());
      for (int i = 0; i < columns_; ++i) ASSERT_NEAR(out[static_cast<size_t>(r * columns_ + i)], wanted[static_cast<size_t>(i)], 2e-6);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Sizes, Norm, testing::Values(2, 3, 16, 20, 31, 48, 384, 770));

}  // namespace
}  // namespace crossrank
