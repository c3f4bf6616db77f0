#include "cpu/norm_gradient.h"

#include <cmath>
#include <cstring>

#include "cpu/kernel_test.h"
#include "cpu/openmp.h"

namespace crossrank {
namespace {

class NormGradient : public testing::TestWithParam<int> {
 protected:
  static constexpr int kRows = 131;  // more than two pieces of work
  const int n_ = GetParam();
  const std::vector<float> x_ = random_floats(kRows * static_cast<size_t>(n_), 1, 1, 4);
  const std::vector<float> grad_y_ = random_floats(kRows * static_cast<size_t>(n_), 2);
  const std::vector<float> weight_ = random_floats(static_cast<size_t>(n_), 3);

  struct Gradients {
    std::vector<float> x, weight, bias;
  };
  Gradients run() const {
    const auto n = static_cast<size_t>(n_);
    Gradients found = {std::vector<float>(x_.size()), std::vector<float>(n), std::vector<float>(n)};
    norm_backward({{weight_.data(), nullptr, 1e-5f},
                   view_of(x_, kRows, n_),
                   view_of(grad_y_, kRows, n_),
                   view_of(found.x, kRows, n_),
                   found.weight.data(),
                   found.bias.data()});
    return found;
  }
};

TEST_P(NormGradient, equals_the_definition) {
  on_every_instruction_set([&] {
    const Gradients found = run();
    const auto n = static_cast<size_t>(n_);
    std::vector<double> weights(n), biases(n);
    for (size_t r = 0; r < kRows; ++r) {
      const float *x = x_.data() + r * n, *grad_y = grad_y_.data() + r * n;
      double mean = 0, variance = 0, grads = 0, projected = 0;
      for (size_t i = 0; i < n; ++i) mean += static_cast<double>(x[i]) / n_;
      for (size_t i = 0; i < n; ++i) variance += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean) / n_;
      const double inverse = 1 / std::sqrt(variance + 1e-5);
      const auto normed = [&](size_t i) { return (static_cast<double>(x[i]) - mean) * inverse; };
      for (size_t i = 0; i < n; ++i) {
        const auto grad = static_cast<double>(grad_y[i]);
        grads += grad * static_cast<double>(weight_[i]) / n_;
        projected += grad * static_cast<double>(weight_[i]) * normed(i) / n_;
        weights[i] += grad * normed(i);
        biases[i] += grad;
      }
      for (size_t i = 0; i < n; ++i) {
        const double wanted = inverse * (static_cast<double>(grad_y[i]) * static_cast<double>(weight_[i]) - grads - normed(i) * projected);
        // Of two columns all three terms cancel, and 1 / spread may be large: bounded by the terms.
        ASSERT_NEAR(found.x[r * n + i], wanted, 2e-6 * (1 + inverse * inverse)) << "row " << r;
      }
    }
    for (size_t i = 0; i < n; ++i) {
      ASSERT_NEAR(found.weight[i], weights[i], 1e-4);
      ASSERT_NEAR(found.bias[i], biases[i], 1e-5);
    }
  });
}

TEST_P(NormGradient, has_the_same_bits_on_any_number_of_threads) {
  use_openmp_threads(1);
  const Gradients one = run();
  use_openmp_threads(3);
  const Gradients three = run();
  use_one_openmp_thread();
  const auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
    return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
  };
  EXPECT_TRUE(same(one.x, three.x) && same(one.weight, three.weight) && same(one.bias, three.bias));
}

INSTANTIATE_TEST_SUITE_P(Sizes, NormGradient, testing::Values(3, 16, 20, 31, 48, 384, 770));

TEST(NormGradientOfFrozenWeights, is_that_of_x_alone) {
  const auto x = random_floats(2 * 8, 1), grad_y = random_floats(2 * 8, 2), weight = random_floats(8, 3);
  std::vector<float> grad_x(16), wanted(16), grad_weight(8), grad_bias(8);
  NormBackward task = {{weight.data(), nullptr, 1e-5f}, view_of(x, 2, 8), view_of(grad_y, 2, 8), view_of(grad_x, 2, 8), nullptr, nullptr};
  norm_backward(task);
  task.grad_x = view_of(wanted, 2, 8);
  task.grad_weight = grad_weight.data();
  task.grad_bias = grad_bias.data();
  norm_backward(task);
  EXPECT_EQ(grad_x, wanted);
}

}  // namespace
}  // namespace crossrank
