#include "cpu/bf16_rows.h"

#include <bit>
#include <cmath>
#include <limits>

#include "cpu/kernel_test.h"

namespace crossrank {
namespace {

std::vector<Bf16> rounded(const std::vector<float>& x, int rows, int columns, int stride) {
  std::vector<Bf16> out(static_cast<size_t>(rows * columns));
  round_to_bf16({x.data(), rows, columns, stride}, out.data());
  return out;
}

TEST(Bf16Rows, are_the_nearest_numbers_of_eight_bits) {
  for (const int columns : {1, 15, 32, 33, 100}) {
    const int stride = columns + 2;
    const auto x = random_floats(static_cast<size_t>(3 * stride), 5, -4, 4);
    on_every_instruction_set_of_bf16([&] {
      const auto found = rounded(x, 3, columns, stride);
      for (int r = 0; r < 3; ++r) {
        for (int i = 0; i < columns; ++i) {
          const float value = x[static_cast<size_t>(r * stride + i)];
          int exponent = 0;
          const double fraction = std::frexp(static_cast<double>(value), &exponent);
          const double wanted = std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
          ASSERT_EQ(static_cast<double>(widened(found[static_cast<size_t>(r * columns + i)])), wanted) << value;
        }
      }
    });
  }
}

TEST(Bf16Rows, ties_go_to_even_and_what_is_not_finite_stays) {
  const float infinity = std::numeric_limits<float>::infinity();
  // Two halfway cases, the largest float, and what is not finite: the same at every place of a vector and behind the last.
  const std::vector<float> some = {1.0f + 0x1p-8f, 1.0f + 0x3p-8f, std::numeric_limits<float>::max(), infinity, -infinity, -0.0f};
  const std::vector<float> wanted = {1.0f, 1.0f + 0x1p-6f, infinity, infinity, -infinity, -0.0f};
  std::vector<float> x;
  for (int i = 0; i < 15; ++i) x.insert(x.end(), some.begin(), some.end());
  const int n = static_cast<int>(x.size());
  on_every_instruction_set_of_bf16([&] {
    const auto found = rounded(x, 1, n, n);
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(std::bit_cast<uint32_t>(widened(found[i])), std::bit_cast<uint32_t>(wanted[i % wanted.size()])) << x[i] << " at " << i;
    }
    const std::vector<float> none(40, std::bit_cast<float>(0x7F800001u));  // its payload lies in the half that is cut off
    for (const Bf16 value : rounded(none, 1, 40, 40)) EXPECT_TRUE(std::isnan(widened(value)));
  });
}

}  // namespace
}  // namespace crossrank
