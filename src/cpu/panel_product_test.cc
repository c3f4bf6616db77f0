#include "cpu/panel_product.h"

#include <algorithm>
#include <cstring>

#include "cpu/aligned_buffer.h"
#include "cpu/kernel_test.h"

namespace crossrank {
namespace {

struct Panels {
  Panels(const std::vector<float>& weight, int in, int out) : width(panel_width()) {
    float* to = values.grow(static_cast<size_t>((out + width - 1) / width) * static_cast<size_t>(in * width));
    for (int first = 0; first < out; first += width) {
      write_panel(weight.data() + first * in, std::min(width, out - first), in, width, to + first * in);
    }
  }

  int width;
  AlignedBuffer values;
};

void check(int in, int out, bool with_bias) {
  constexpr int kRows = 31;
  const auto weight = random_floats(static_cast<size_t>(in * out), 1), bias = random_floats(static_cast<size_t>(out), 2);
  const auto x = random_floats(static_cast<size_t>(kRows * in), 3);
  const Panels panels(weight, in, out);
  const PanelWeights weights = {panels.values.data(), in, out, with_bias ? bias.data() : nullptr};
  std::vector<float> scratch(panel_product_scratch(kRows, in));
  // Rows of the result lie apart: what is between stays as it was.
  const int stride = out + 3;
  std::vector<float> all(static_cast<size_t>(kRows * stride), -1.0f);
  panel_product(weights, view_of(x, kRows, in), {all.data(), kRows, out, stride}, scratch.data());
  for (int r = 0; r < kRows; ++r) {
    const float* found = all.data() + r * stride;
    for (int o = 0; o < out; ++o) {
      double wanted = with_bias ? static_cast<double>(bias[static_cast<size_t>(o)]) : 0.0;
      for (int i = 0; i < in; ++i) {
        wanted += static_cast<double>(x[static_cast<size_t>(r * in + i)]) * static_cast<double>(weight[static_cast<size_t>(o * in + i)]);
      }
      ASSERT_NEAR(found[o], wanted, 1e-5 * std::max(1, in / 50)) << "row " << r << ", feature " << o;
    }
    EXPECT_EQ(found[out], -1.0f);
  }
  for (const int rows : {1, 2, 5, 6, 7, 12, 13, 30}) {
    std::vector<float> some(static_cast<size_t>(rows * out));
    panel_product(weights, view_of(x, rows, in), view_of(some, rows, out), scratch.data());
    for (int r = 0; r < rows; ++r) {
      const auto bytes = static_cast<size_t>(out) * sizeof(float);
      ASSERT_EQ(std::memcmp(some.data() + r * out, all.data() + r * stride, bytes), 0) << "row " << r << " of " << rows;
    }
  }
}

TEST(PanelProduct, equals_the_definition_whatever_the_number_of_rows) {
  on_every_instruction_set([] {
    for (const auto& [in, out] : {std::pair{1, 1}, {7, 5}, {20, 60}, {48, 16}, {255, 33}, {256, 64}, {385, 100}, {900, 31}, {1024, 17}}) {
      SCOPED_TRACE(testing::Message() << in << " to " << out << " features");
      for (const bool with_bias : {false, true}) check(in, out, with_bias);
    }
  });
}

}  // namespace
}  // namespace crossrank
