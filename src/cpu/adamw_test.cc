#include "cpu/adamw.h"

#include <cmath>
#include <cstring>

#include "cpu/kernel_test.h"
#include "cpu/openmp.h"

namespace crossrank {
namespace {

struct State {
  std::vector<float> value, average, squares;
  explicit State(size_t count) : value(random_floats(count, 1)), average(count), squares(count) {}
  void step(const std::vector<float>& gradient, const AdamWOptions& options, int64_t step, float scale) {
    adamw_step({static_cast<int64_t>(value.size()), value.data(), gradient.data(), average.data(), squares.data()}, options, step, scale);
  }
};

TEST(AdamW, equals_the_definition_over_steps) {
  const AdamWOptions options = {2e-3, 0.9, 0.98, 1e-6, 0.1};
  for (const size_t count : {1, 17, 40'000}) {
    on_every_instruction_set([&] {
      State state(count);
      std::vector<double> value(state.value.begin(), state.value.end()), average(count), squares(count);
      for (int64_t t = 1; t <= 5; ++t) {
        const auto gradient = random_floats(count, static_cast<uint32_t>(10 + t), -0.1f, 0.1f);
        state.step(gradient, options, t, 0.5f);
        for (size_t i = 0; i < count; ++i) {
          const double g = 0.5 * static_cast<double>(gradient[i]);
          value[i] *= 1 - options.learning_rate * options.weight_decay;
          average[i] = options.beta1 * average[i] + (1 - options.beta1) * g;
          squares[i] = options.beta2 * squares[i] + (1 - options.beta2) * g * g;
          const auto n = static_cast<double>(t);
          const double divisor = std::sqrt(squares[i]) / std::sqrt(1 - std::pow(options.beta2, n)) + options.eps;
          value[i] -= options.learning_rate / (1 - std::pow(options.beta1, n)) * average[i] / divisor;
        }
      }
      for (size_t i = 0; i < count; ++i) {
        // Of an update of 2e-3 a step, roundings of a value near 1.
        ASSERT_NEAR(state.value[i], value[i], 4e-7);
        ASSERT_NEAR(state.average[i], average[i], 1e-8);
        ASSERT_NEAR(state.squares[i], squares[i], 1e-9);
      }
    });
  }
}

// The reference's first step on a gradient of zero: decay alone, and no 0 / 0.
TEST(AdamW, without_a_gradient_only_decays) {
  State state(20);
  const std::vector<float> before = state.value;
  state.step(std::vector<float>(20, 0.0f), {0.1, 0.9, 0.999, 1e-8, 0.5}, 1, 1.0f);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_FLOAT_EQ(state.value[i], before[i] * 0.95f);
}

TEST(AdamW, has_the_same_bits_on_any_number_of_threads) {
  const auto gradient = random_floats(100'003, 3);
  State one(gradient.size()), three(gradient.size());
  use_openmp_threads(1);
  one.step(gradient, {}, 1, 1.0f);
  const double sum = sum_of_squares(gradient.data(), 100'003);
  use_openmp_threads(3);
  three.step(gradient, {}, 1, 1.0f);
  EXPECT_EQ(sum, sum_of_squares(gradient.data(), 100'003));
  use_one_openmp_thread();
  EXPECT_EQ(std::memcmp(one.value.data(), three.value.data(), gradient.size() * sizeof(float)), 0);
}

TEST(SumOfSquares, equals_the_definition) {
  for (const size_t count : {0, 1, 7, 33, 100'000}) {
    const auto x = random_floats(count, 4);
    double wanted = 0;
    for (const float value : x) wanted += static_cast<double>(value) * static_cast<double>(value);
    on_every_instruction_set([&] { EXPECT_NEAR(sum_of_squares(x.data(), static_cast<int64_t>(count)), wanted, 1e-12 * wanted); });
  }
}

}  // namespace
}  // namespace crossrank
