#include "cpu/dropout.h"

#include "cpu/kernel_test.h"

namespace crossrank {
namespace {

constexpr int kRows = 5, kFirst = 700;

TEST(DropRows, keeps_what_the_mask_keeps_and_scales_it) {
  for (const double probability : {0.1, 0.5, 1.0}) {
    for (const int columns : {1, 7, 16, 33, 64}) {
      const auto x = random_floats(static_cast<size_t>(kRows * columns), 3);
      const DropoutMask mask = dropout_mask(probability, 12);
      on_every_instruction_set([&] {
        std::vector<float> out(x.size());
        drop_rows(mask, kFirst, view_of(x, kRows, columns), view_of(out, kRows, columns));
        for (int r = 0; r < kRows; ++r) {
          for (int i = 0; i < columns; ++i) {
            const auto place = static_cast<size_t>(r * columns + i);
            ASSERT_EQ(out[place], is_kept(mask, kFirst + r, i) ? x[place] * mask.scale : 0.0f) << "row " << r << ", column " << i;
          }
        }
      });
    }
  }
}

TEST(DropRows, of_bf16_is_that_of_the_same_floats_rounded) {
  const auto x = nearest_bf16(random_floats(kRows * 45, 4));
  const auto floats = widened(x);
  const DropoutMask mask = dropout_mask(0.3, 13);
  on_every_instruction_set_of_bf16([&] {
    std::vector<float> wanted(x.size());
    std::vector<Bf16> found(x.size());
    drop_rows(mask, kFirst, view_of(floats, kRows, 45), view_of(wanted, kRows, 45));
    drop_rows(mask, kFirst, view_of(x, kRows, 45), view_of(found, kRows, 45));
    EXPECT_EQ(found, nearest_bf16(wanted));
  });
}

}  // namespace
}  // namespace crossrank
