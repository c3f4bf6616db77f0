#include "cpu/activation_gradient.h"

#include <cmath>

#include "cpu/activation.h"
#include "cpu/kernel_test.h"

namespace crossrank {
namespace {

// Derivatives, in double, from the formulas of the functions.
double exact_slope(ActivationKind kind, double x) {
  const double pi = std::acos(-1.0);
  const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
  switch (kind) {
    case ActivationKind::kIdentity:
      return 1;
    case ActivationKind::kGelu:
      return 0.5 * std::erfc(-x / std::sqrt(2.0)) + x * std::exp(-0.5 * x * x) / std::sqrt(2 * pi);
    case ActivationKind::kGeluTanh: {
      if (std::abs(x) > 100) return x > 0 ? 1 : 0;
      const double inner = std::sqrt(2 / pi) * (x + 0.044715 * x * x * x), slope = std::sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x);
      const double value = std::tanh(inner);
      return 0.5 * (1 + value) + 0.5 * x * (1 - value * value) * slope;
    }
    case ActivationKind::kRelu:
      return x > 0 ? 1 : 0;
    case ActivationKind::kSilu:
      return std::abs(x) > 700 ? (x > 0 ? 1 : 0) : sigmoid(x) + x * sigmoid(x) * sigmoid(-x);
    case ActivationKind::kTanh:
      return 1 - std::tanh(x) * std::tanh(x);
    case ActivationKind::kSigmoid:
      return std::abs(x) > 700 ? 0 : sigmoid(x) * sigmoid(-x);
  }
  return 0;
}

// The function's value, from its value at zero and its slope on the way: the midpoint rule, which a kink at zero does not disturb.
double integral_of_slope(ActivationKind kind, double x) {
  std::vector<float> at_zero = {0.0f};
  activate_rows(kind, nullptr, view_of(at_zero, 1, 1));
  double sum = static_cast<double>(at_zero[0]);
  const int steps = 4096;
  const double step = x / steps;
  for (int i = 0; i < steps; ++i) sum += step * exact_slope(kind, (i + 0.5) * step);
  return sum;
}

constexpr ActivationKind kAll[] = {ActivationKind::kIdentity, ActivationKind::kGelu, ActivationKind::kGeluTanh, ActivationKind::kRelu,
                                   ActivationKind::kSilu,     ActivationKind::kTanh, ActivationKind::kSigmoid};

TEST(ActivationGradient, of_every_function_is_within_2e_6_of_double) {
  std::vector<float> x;
  for (float value = -40.0f; value <= 40.0f; value += 0.00371f) x.push_back(value);
  for (const float value : {0.0f, -0.0f, 1e-30f, -1e-30f, 1e4f, -1e4f, 3e38f, -3e38f}) x.push_back(value);
  const int n = static_cast<int>(x.size());
  const std::vector<float> grad_y(x.size(), 2.0f);
  on_every_instruction_set([&] {
    for (const ActivationKind kind : kAll) {
      std::vector<float> grad_x(x.size());
      activate_rows_backward(kind, view_of(x, 1, n), view_of(grad_y, 1, n), view_of(grad_x, 1, n));
      for (size_t i = 0; i < x.size(); ++i) {
        ASSERT_NEAR(grad_x[i], 2 * exact_slope(kind, static_cast<double>(x[i])), 2 * 2e-6)
            << "function " << static_cast<int>(kind) << " of " << x[i];
      }
    }
  });
}

// Holds the formulas above to the functions themselves: an integral of the slope is the function.
TEST(ActivationGradient, is_of_the_function_that_the_forward_pass_computes) {
  for (const ActivationKind kind : kAll) {
    std::vector<float> y = {-2.5f, -0.3f, 0.7f, 3.1f};
    const std::vector<float> x = y;
    activate_rows(kind, nullptr, view_of(y, 1, 4));
    for (size_t i = 0; i < x.size(); ++i)
      EXPECT_NEAR(y[i], integral_of_slope(kind, static_cast<double>(x[i])), 1e-5) << "function " << static_cast<int>(kind);
  }
}

TEST(ActivationGradient, of_a_gate_reaches_both_halves) {
  for (const int n : {1, 7, 16, 33}) {
    const auto x = random_floats(3 * 2 * static_cast<size_t>(n), 1, -3, 3), grad_y = random_floats(3 * static_cast<size_t>(n), 2);
    on_every_instruction_set([&] {
      for (const ActivationKind kind : kAll) {
        std::vector<float> grad_x(x.size());
        gate_rows_backward(kind, view_of(x, 3, 2 * n), view_of(grad_y, 3, n), view_of(grad_x, 3, 2 * n));
        for (int r = 0; r < 3; ++r) {
          for (int i = 0; i < n; ++i) {
            const auto inner = static_cast<size_t>(r * 2 * n + i), up = inner + static_cast<size_t>(n), y = static_cast<size_t>(r * n + i);
            std::vector<float> value = {x[inner]};
            activate_rows(kind, nullptr, view_of(value, 1, 1));
            const double slope = exact_slope(kind, static_cast<double>(x[inner]));
            ASSERT_NEAR(grad_x[inner], static_cast<double>(grad_y[y]) * static_cast<double>(x[up]) * slope, 5e-6);
            ASSERT_NEAR(grad_x[up], grad_y[y] * value[0], 2e-6);
          }
        }
      }
    });
  }
}

TEST(ActivationGradient, of_bf16_is_that_of_the_same_floats_rounded) {
  for (const int n : {1, 7, 16, 33, 64}) {
    const auto x = nearest_bf16(random_floats(3 * 2 * static_cast<size_t>(n), 5, -3, 3));
    const auto grad_y = nearest_bf16(random_floats(3 * 2 * static_cast<size_t>(n), 6)),
               gate_y = nearest_bf16(random_floats(3 * static_cast<size_t>(n), 7));
    const auto floats = widened(x), grad_floats = widened(grad_y), gate_floats = widened(gate_y);
    on_every_instruction_set_of_bf16([&] {
      for (const ActivationKind kind : kAll) {
        std::vector<float> wanted(x.size());
        std::vector<Bf16> found(x.size());
        activate_rows_backward(kind, view_of(floats, 3, 2 * n), view_of(grad_floats, 3, 2 * n), view_of(wanted, 3, 2 * n));
        activate_rows_backward(kind, view_of(x, 3, 2 * n), view_of(grad_y, 3, 2 * n), view_of(found, 3, 2 * n));
        ASSERT_EQ(found, nearest_bf16(wanted)) << "function " << static_cast<int>(kind) << ", " << n << " columns";
        gate_rows_backward(kind, view_of(floats, 3, 2 * n), view_of(gate_floats, 3, n), view_of(wanted, 3, 2 * n));
        gate_rows_backward(kind, view_of(x, 3, 2 * n), view_of(gate_y, 3, n), view_of(found, 3, 2 * n));
        ASSERT_EQ(found, nearest_bf16(wanted)) << "gate " << static_cast<int>(kind) << ", " << n << " columns";
      }
    });
  }
}

}  // namespace
}  // namespace crossrank
