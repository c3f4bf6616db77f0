#include "cpu/column_sums.h"

#include <cstring>

#include "cpu/kernel_test.h"
#include "cpu/openmp.h"

namespace crossrank {
namespace {

TEST(ColumnSums, have_the_same_bits_on_any_number_of_threads) {
  const auto x = random_floats(300 * 411, 6);
  std::vector<float> wanted(411), found(411);
  on_every_instruction_set([&] {
    use_openmp_threads(1);
    column_sums(x.data(), 300, 411, wanted.data());
    use_openmp_threads(3);
    column_sums(x.data(), 300, 411, found.data());
    use_one_openmp_thread();
    EXPECT_EQ(std::memcmp(wanted.data(), found.data(), wanted.size() * sizeof(float)), 0);
    for (int i = 0; i < 411; ++i) {
      double sum = 0;
      for (int r = 0; r < 300; ++r) sum += static_cast<double>(x[static_cast<size_t>(r * 411 + i)]);
      ASSERT_NEAR(found[static_cast<size_t>(i)], sum, 1e-5);
    }
  });
}

TEST(ColumnSums, of_bf16_are_those_of_the_same_floats) {
  const auto x = nearest_bf16(random_floats(130 * 150, 7));
  const auto floats = widened(x);
  std::vector<float> wanted(150), found(150);
  on_every_instruction_set_of_bf16([&] {
    column_sums(floats.data(), 130, 150, wanted.data());
    column_sums(x.data(), 130, 150, found.data());
    EXPECT_EQ(found, wanted);
  });
}

}  // namespace
}  // namespace crossrank
