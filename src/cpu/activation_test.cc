#include "cpu/activation.h"

#include <cmath>

#include "cpu/kernel_test.h"

namespace crossrank {
namespace {

double exact(ActivationKind kind, double x) {
  switch (kind) {
    case ActivationKind::kIdentity:
      return x;
    case ActivationKind::kGelu:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case ActivationKind::kGeluTanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
    case ActivationKind::kRelu:
      return std::max(x, 0.0);
    case ActivationKind::kSilu:
      return x / (1 + std::exp(-x));
    case ActivationKind::kTanh:
      return std::tanh(x);
    case ActivationKind::kSigmoid:
      return 1 / (1 + std::exp(-x));
  }
  return x;
}

constexpr ActivationKind kAll[] = {ActivationKind::kIdentity, ActivationKind::kGelu, ActivationKind::kGeluTanh, ActivationKind::kRelu,
                                   ActivationKind::kSilu,     ActivationKind::kTanh, ActivationKind::kSigmoid};

// An f32 rounding of the function's own value is 6e-8 of it; a few of them add up.
constexpr double kBound = 4e-7;

TEST(Activation, every_function_is_within_4e_7_of_double) {
  std::vector<float> x;
  for (float value = -40.0f; value <= 40.0f; value += 0.00371f) x.push_back(value);
  for (const float value : {0.0f, -0.0f, 1e-30f, -1e-30f, 1e4f, -1e4f, 3e38f, -3e38f}) x.push_back(value);
  on_every_instruction_set([&] {
    for (const ActivationKind kind : kAll) {
      std::vector<float> y = x;
      activate_rows(kind, nullptr, view_of(y, 1, static_cast<int>(y.size())));
      for (size_t i = 0; i < x.size(); ++i) {
        ASSERT_NEAR(y[i], exact(kind, x[i]), kBound * std::max(1.0, std::abs(static_cast<double>(x[i]))))
            << "function " << static_cast<int>(kind) << " of " << x[i];
      }
    }
  });
}

TEST(Activation, what_is_not_a_number_stays_none) {
  on_every_instruction_set([] {
    for (const ActivationKind kind : kAll) {
      std::vector<float> y(19, std::nanf(""));
      activate_rows(kind, nullptr, view_of(y, 1, static_cast<int>(y.size())));
      for (const float value : y) EXPECT_TRUE(std::isnan(value)) << "function " << static_cast<int>(kind) << ": " << value;
    }
  });
}

TEST(Activation, bias_is_added_before_the_function) {
  for (const int columns : {1, 7, 16, 33}) {
    const auto x = random_floats(3 * static_cast<size_t>(columns), 1, -3, 3);
    const auto bias = random_floats(static_cast<size_t>(columns), 2);
    on_every_instruction_set([&] {
      std::vector<float> y = x;
      activate_rows(ActivationKind::kGelu, bias.data(), view_of(y, 3, columns));
      for (size_t i = 0; i < y.size(); ++i) {
        ASSERT_NEAR(y[i], exact(ActivationKind::kGelu, x[i] + bias[i % static_cast<size_t>(columns)]), 2e-6);
      }
    });
  }
}

TEST(Activation, gate_multiplies_the_function_of_the_first_half_by_the_second) {
  for (const int columns : {1, 5, 16, 40, 97}) {
    const auto x = random_floats(4 * 2 * static_cast<size_t>(columns), 3, -4, 4);
    const auto bias = random_floats(2 * static_cast<size_t>(columns), 4);
    on_every_instruction_set([&] {
      for (const float* b : {static_cast<const float*>(nullptr), bias.data()}) {
        std::vector<float> out(4 * static_cast<size_t>(columns));
        gate_rows(ActivationKind::kGelu, b, view_of(x, 4, 2 * columns), view_of(out, 4, columns));
        for (int row = 0; row < 4; ++row) {
          for (int i = 0; i < columns; ++i) {
            const float* from = x.data() + static_cast<size_t>(row) * 2 * static_cast<size_t>(columns);
            const double inner = from[i] + (b == nullptr ? 0.0 : b[i]);
            const double up = from[columns + i] + (b == nullptr ? 0.0 : b[columns + i]);
            ASSERT_NEAR(out[static_cast<size_t>(row * columns + i)], exact(ActivationKind::kGelu, inner) * up, 1e-5);
          }
        }
      }
    });
  }
}

TEST(Activation, of_bf16_is_that_of_the_same_floats_rounded) {
  for (const int columns : {1, 7, 16, 33, 64}) {
    const auto x = nearest_bf16(random_floats(3 * 2 * static_cast<size_t>(columns), 5, -4, 4));
    on_every_instruction_set_of_bf16([&] {
      for (const ActivationKind kind : kAll) {
        auto found = x;
        auto wanted = widened(x);
        activate_rows(kind, view_of(found, 3, 2 * columns));
        activate_rows(kind, nullptr, view_of(wanted, 3, 2 * columns));
        ASSERT_EQ(found, nearest_bf16(wanted)) << "function " << static_cast<int>(kind) << ", " << columns << " columns";

        std::vector<Bf16> gated(3 * static_cast<size_t>(columns));
        std::vector<float> wanted_gated(gated.size());
        const auto floats = widened(x);
        gate_rows(kind, view_of(x, 3, 2 * columns), view_of(gated, 3, columns));
        gate_rows(kind, nullptr, view_of(floats, 3, 2 * columns), view_of(wanted_gated, 3, columns));
        ASSERT_EQ(gated, nearest_bf16(wanted_gated)) << "gate " << static_cast<int>(kind) << ", " << columns << " columns";
      }
    });
  }
}

}  // namespace
}  // namespace crossrank
