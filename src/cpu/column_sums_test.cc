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

}  // namespace
}  // namespace crossrank
