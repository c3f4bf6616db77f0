#include "cpu/int8_product.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "cpu/aligned_buffer.h"
#include "cpu/int8_pairs.h"
#include "cpu/int8_quads.h"
#include "cpu/kernel_test.h"

namespace crossrank {
namespace {

// Weights as the engine holds them.
struct Int8Panels {
  Int8Panels(Int8Layout layout, const std::vector<float>& weight, int in, int out)
      : width(int8_panel_width()), size(int8_panel_size(layout, in, width)) {
    const auto panels = static_cast<size_t>((out + width - 1) / width), own_scales = int8_panel_scales(layout, in, width);
    scales.resize(panels * own_scales, -1.0f);
    auto* to = reinterpret_cast<int8_t*>(values.grow(panels * size / sizeof(float) + 1));
    for (size_t p = 0; p < panels; ++p) {
      const int first = static_cast<int>(p) * width;
      write_int8_panel(layout, weight.data() + static_cast<size_t>(first) * static_cast<size_t>(in), std::min(width, out - first), in,
                       width, to + p * size, scales.data() + p * own_scales);
    }
  }
  const int8_t* data() const { return reinterpret_cast<const int8_t*>(values.data()); }

  int width;
  size_t size;
  AlignedBuffer values;
  std::vector<float> scales;
};

std::vector<float> product(Int8Layout layout, const std::vector<float>& weight, int in, int out, const float* bias, ConstMatrixView x) {
  const Int8Panels panels(layout, weight, in, out);
  Int8Rows buffer;
  buffer.start(layout, x.rows, in);
  const int first = x.rows / 3;  // in two parts: a row's place matters to none
  round_int8_rows(x.middle_rows(first, x.rows - first), first, buffer);
  round_int8_rows(x.middle_rows(0, first), 0, buffer);
  // Rows of the result lie apart: what is between stays as it was.
  const int stride = out + 3;
  std::vector<float> all(static_cast<size_t>(x.rows * stride), -1.0f);
  std::vector<float> scratch(int8_product_scratch(x.rows));
  int8_product({layout, panels.data(), panels.scales.data(), in, out, bias}, buffer, MatrixView{all.data(), x.rows, out, stride},
               scratch.data());
  std::vector<float> rows;
  for (int r = 0; r < x.rows; ++r) {
    const float* row = all.data() + r * stride;
    rows.insert(rows.end(), row, row + out);
    for (int i = out; i < stride; ++i) EXPECT_EQ(row[i], -1.0f);
  }
  return rows;
}

// A row as whole numbers, and their scale.
struct Rounded {
  std::vector<int> values;
  float scale = 0;
};

Rounded rounded(const float* row, int n, int steps) {
  Rounded to;
  float largest = 0;
  bool finite = true;
  for (int i = 0; i < n; ++i) {
    finite = finite && std::isfinite(row[i]);
    largest = std::max(largest, std::abs(row[i]));
  }
  to.values.resize(static_cast<size_t>(n));
  if (!finite) {
    to.scale = std::numeric_limits<float>::quiet_NaN();
  } else if (largest >= 0x1p-100f) {
    to.scale = largest / static_cast<float>(steps);
    const float inverse = static_cast<float>(steps) / largest;
    for (int i = 0; i < n; ++i) to.values[static_cast<size_t>(i)] = static_cast<int>(std::nearbyint(row[i] * inverse));
  }
  return to;
}

// The definitions, rounded where the headers say so and nowhere else: what is volatile is rounded before it is read again.
std::vector<float> definition_of_pairs(const std::vector<float>& weight, int in, int out, const float* bias, ConstMatrixView x) {
  std::vector<Rounded> features;
  for (int o = 0; o < out; ++o) features.push_back(rounded(weight.data() + static_cast<size_t>(o) * static_cast<size_t>(in), in, 127));
  std::vector<float> all;
  for (int r = 0; r < x.rows; ++r) {
    const Rounded row = rounded(x.row(r), in, largest_int8_input(in));
    for (int o = 0; o < out; ++o) {
      const Rounded& feature = features[static_cast<size_t>(o)];
      int64_t sum = 0;
      for (size_t i = 0; i < row.values.size(); ++i) sum += int64_t{row.values[i]} * feature.values[i];
      volatile float scaled = static_cast<float>(sum) * (row.scale * feature.scale);
      all.push_back(bias == nullptr ? scaled : scaled + bias[o]);
    }
  }
  return all;
}

// From the lowest value to the highest in 255 steps.
struct RoundedRange {
  Rounded whole;
  float lowest = std::numeric_limits<float>::quiet_NaN();
};

RoundedRange rounded_range(const float* row, int n) {
  RoundedRange to;
  to.whole.values.resize(static_cast<size_t>(n));
  to.whole.scale = std::numeric_limits<float>::quiet_NaN();
  if (!std::all_of(row, row + n, [](float value) { return std::isfinite(value); })) return to;
  const auto [lowest, highest] = std::minmax_element(row, row + n);
  to.lowest = *lowest;
  volatile float high_part = *highest / 255, low_part = *lowest / 255;
  to.whole.scale = high_part - low_part;
  if (to.whole.scale < 0x1p-100f) {
    to.whole.scale = 0;
    return to;
  }
  const float inverse = 1 / to.whole.scale;
  volatile float offset = -(to.lowest * inverse);
  for (int i = 0; i < n; ++i) {
    volatile float product = row[i] * inverse, steps = product + offset;
    to.whole.values[static_cast<size_t>(i)] = std::clamp(static_cast<int>(std::nearbyint(steps)), 0, 255);
  }
  return to;
}

std::vector<float> definition_of_quads(const std::vector<float>& weight, int in, int out, const float* bias, ConstMatrixView x) {
  const Int8Slices slices = quad_slices(in);
  std::vector<float> all;
  for (int r = 0; r < x.rows; ++r) {
    std::vector<float> sums(static_cast<size_t>(out), 0.0f);
    for (int s = 0; s < slices.count; ++s) {
      const int begin = 4 * slices.begin(s), n = std::min(4 * slices.begin(s + 1), in) - begin;
      const RoundedRange row = rounded_range(x.row(r) + begin, n);
      for (int o = 0; o < out; ++o) {
        const Rounded feature = rounded(weight.data() + static_cast<size_t>(o) * static_cast<size_t>(in) + begin, n, 127);
        int products = 0, weights = 0;
        for (size_t i = 0; i < feature.values.size(); ++i) {
          products += row.whole.values[i] * feature.values[i];
          weights += feature.values[i];
        }
        volatile float scale = row.whole.scale * feature.scale, value = static_cast<float>(products) * scale;
        volatile float all_weights = feature.scale * static_cast<float>(weights), lowest = row.lowest * all_weights;
        value = value + lowest;
        float& sum = sums[static_cast<size_t>(o)];
        sum = s > 0 ? value + sum : bias != nullptr ? value + bias[o] : value;
      }
    }
    all.insert(all.end(), sums.begin(), sums.end());
  }
  return all;
}

std::vector<float> definition(Int8Layout layout, const std::vector<float>& weight, int in, int out, const float* bias, ConstMatrixView x) {
  return (layout == Int8Layout::kPairs ? definition_of_pairs : definition_of_quads)(weight, in, out, bias, x);
}

void expect_same_bits(const std::vector<float>& found, const std::vector<float>& wanted, int out) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (std::isnan(wanted[i]) && std::isnan(found[i])) continue;
    ASSERT_EQ(std::bit_cast<uint32_t>(found[i]), std::bit_cast<uint32_t>(wanted[i]))
        << found[i] << " for " << wanted[i] << ", row " << i / static_cast<size_t>(out) << ", feature " << i % static_cast<size_t>(out);
  }
}

// Rows of all sorts: of zeros, with one huge value, of the smallest and of the largest numbers.
std::vector<float> rows_of_all_sorts(int rows, int in) {
  auto x = random_floats(static_cast<size_t>(rows * in), 3);
  const auto row = [&](int r) { return x.begin() + static_cast<std::ptrdiff_t>(r) * in; };
  std::fill_n(row(1), in, 0.0f);
  *(row(2) + in / 2) = -4096.0f;
  for (int i = 0; i < in; ++i) row(4)[i] *= std::numeric_limits<float>::denorm_min() * 100;
  for (int i = 0; i < in; ++i) row(5)[i] *= std::numeric_limits<float>::max();
  for (int i = 0; i < in; ++i) row(7)[i] *= 0x1p-99f;
  std::fill_n(row(8), in, -1.0f);
  return x;
}

class Int8Product : public testing::TestWithParam<Int8Layout> {};

INSTANTIATE_TEST_SUITE_P(Layouts, Int8Product, testing::Values(Int8Layout::kPairs, Int8Layout::kQuads),
                         [](const auto& test) { return test.param == Int8Layout::kPairs ? "pairs" : "quads"; });

// One definition, so that every instruction set gives the same bits too.
TEST_P(Int8Product, equals_the_definition_to_the_last_bit_on_every_instruction_set) {
  constexpr int kRows = 31;
  for (const auto& [in, out] : {std::pair{1, 1},
                                {2, 3},
                                {7, 5},
                                {20, 60},
                                {48, 16},
                                {255, 33},
                                {256, 64},
                                {767, 32},
                                {768, 31},
                                {769, 48},
                                {771, 17},
                                {1536, 16},
                                {2000, 37}}) {
    SCOPED_TRACE(testing::Message() << in << " to " << out << " features");
    auto weight = random_floats(static_cast<size_t>(in * out), 1);
    const auto bias = random_floats(static_cast<size_t>(out), 2);
    std::fill_n(weight.begin() + (out / 2) * in, in, 0.0f);
    const auto x = rows_of_all_sorts(kRows, in);
    for (const float* added : {static_cast<const float*>(nullptr), bias.data()}) {
      const auto wanted = definition(GetParam(), weight, in, out, added, view_of(x, kRows, in));
      on_every_instruction_set([&] {
        expect_same_bits(product(GetParam(), weight, in, out, added, view_of(x, kRows, in)), wanted, out);
        for (const int rows : {1, 2, 5, 6, 7, 12, 13, 30}) {
          const std::vector<float> first(wanted.begin(), wanted.begin() + rows * out);
          expect_same_bits(product(GetParam(), weight, in, out, added, view_of(x, rows, in)), first, out);
        }
      });
    }
  }
}

TEST_P(Int8Product, of_bf16_rows_to_bf16_is_that_of_the_same_floats_rounded) {
  constexpr int kRows = 15;
  for (const auto& [in, out] : {std::pair{5, 3}, {48, 33}, {900, 64}, {1537, 40}}) {
    const auto weight = random_floats(static_cast<size_t>(in * out), 1), bias = random_floats(static_cast<size_t>(out), 2);
    const auto x = nearest_bf16(random_floats(static_cast<size_t>(kRows * in), 3));
    const auto floats = widened(x);
    on_every_instruction_set_of_bf16([&] {
      const auto wanted = nearest_bf16(product(GetParam(), weight, in, out, bias.data(), view_of(floats, kRows, in)));
      const Int8Panels panels(GetParam(), weight, in, out);
      Int8Rows rows;
      rows.start(GetParam(), kRows, in);
      round_int8_rows(view_of(x, kRows, in), 0, rows);
      std::vector<Bf16> found(wanted.size());
      std::vector<float> scratch(int8_product_scratch(kRows));
      int8_product({GetParam(), panels.data(), panels.scales.data(), in, out, bias.data()}, rows, view_of(found, kRows, out),
                   scratch.data());
      ASSERT_EQ(found, wanted) << in << " to " << out << " features";
    });
  }
}

TEST_P(Int8Product, the_largest_sums_fit) {
  const std::vector<float> weight(kMostInt8Features, 2.0f), x(kMostInt8Features, -3.0f);
  on_every_instruction_set([&] {
    const auto found = product(GetParam(), weight, kMostInt8Features, 1, nullptr, view_of(x, 1, kMostInt8Features));
    EXPECT_NEAR(found.front(), -6.0 * kMostInt8Features, 1);
  });
}

TEST_P(Int8Product, what_is_not_finite_makes_its_row_and_its_feature_not_numbers_and_no_other) {
  constexpr int kRows = 13, kIn = 900, kOut = 40;
  auto weight = random_floats(kIn * kOut, 1);
  auto x = random_floats(kRows * kIn, 3);
  constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  x[2 * kIn + 899] = kNan;
  x[3 * kIn] = -kNan;
  x[7 * kIn + 450] = kInfinity;
  x[12 * kIn + 1] = -kInfinity;
  weight[33 * kIn + 5] = kNan;
  const auto wanted = definition(GetParam(), weight, kIn, kOut, nullptr, view_of(x, kRows, kIn));
  on_every_instruction_set([&] {
    const auto found = product(GetParam(), weight, kIn, kOut, nullptr, view_of(x, kRows, kIn));
    for (int r = 0; r < kRows; ++r) {
      for (int o = 0; o < kOut; ++o) {
        const bool broken = r == 2 || r == 3 || r == 7 || r == 12 || o == 33;
        EXPECT_EQ(std::isnan(found[static_cast<size_t>(r * kOut + o)]), broken) << "row " << r << ", feature " << o;
      }
    }
    expect_same_bits(found, wanted, kOut);
  });
}

TEST_P(Int8Product, is_near_the_product_of_the_numbers_themselves) {
  constexpr int kRows = 6, kIn = 384, kOut = 48;
  const auto weight = random_floats(kIn * kOut, 1), x = random_floats(kRows * kIn, 3);
  const auto found = product(GetParam(), weight, kIn, kOut, nullptr, view_of(x, kRows, kIn));
  // A weight is off by at most half of 1/127, evenly: sqrt(384 / 3 / 12) / 127 of a sum of 384, and an input of 8 bits as much: five times
  // both at most.
  for (int r = 0; r < kRows; ++r) {
    for (int o = 0; o < kOut; ++o) {
      double wanted = 0;
      for (int i = 0; i < kIn; ++i) {
        wanted += static_cast<double>(x[static_cast<size_t>(r * kIn + i)]) * static_cast<double>(weight[static_cast<size_t>(o * kIn + i)]);
      }
      ASSERT_NEAR(found[static_cast<size_t>(r * kOut + o)], wanted, 0.18) << "row " << r << ", feature " << o;
    }
  }
}

}  // namespace
}  // namespace crossrank
