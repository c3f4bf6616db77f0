#include "cpu/matmul.h"

#include <bit>
#include <cstring>

#include "cpu/int8_product.h"
#include "cpu/kernel_test.h"
#include "cpu/openmp.h"
#include "crossrank/error.h"

namespace crossrank {
namespace {

struct Features {
  int in;
  int out;
};

// A linear map of random numbers, as a checkpoint would hold it.
struct Checkpoint {
  Checkpoint(int in, int out, bool with_bias)
      : weight(random_floats(static_cast<size_t>(in) * static_cast<size_t>(out), 1)), bias(random_floats(static_cast<size_t>(out), 2)) {
    weight_view.shape = {out, in};
    weight_view.bytes = std::as_bytes(std::span(weight));
    bias_view.shape = {out};
    bias_view.bytes = std::as_bytes(std::span(bias));
    source.weight.rows = out;
    source.weight.columns = in;
    source.weight.pieces = {{&weight_view, 0, out}};
    if (!with_bias) return;
    source.bias.rows = out;
    source.bias.columns = 1;
    source.bias.pieces = {{&bias_view, 0, out}};
  }
  Checkpoint(const Checkpoint&) = delete;

  std::vector<float> weight, bias;
  TensorView weight_view, bias_view;
  LinearSource source;
};

// The floating precisions that this machine has kernels for; int8_product_test.cc defines the other one.
std::vector<ProductPrecision> precisions() {
  std::vector<ProductPrecision> all = {ProductPrecision::kF32};
  if (has_fast_bf16()) all.push_back(ProductPrecision::kBf16);
  return all;
}

// A product's operand: to bf16 the nearest number, of two equally near ones the even one.
double operand(float value, ProductPrecision precision) {
  if (precision == ProductPrecision::kF32) return static_cast<double>(value);
  uint32_t bits = std::bit_cast<uint32_t>(value);
  bits += 0x7FFF + ((bits >> 16) & 1);
  return static_cast<double>(std::bit_cast<float>(bits & 0xFFFF0000));
}

class Matmul : public testing::TestWithParam<Features> {
 protected:
  // Products of `rows` rows, computed on a worker as the engine does.
  std::vector<float> multiply(const PackedMatrix& packed, const std::vector<float>& x, int rows, bool with_bias) {
    const int padded = (rows + 15) / 16 * 16;
    std::vector<float> in(static_cast<size_t>(padded * GetParam().in));
    std::copy_n(x.begin(), rows * GetParam().in, in.begin());
    std::vector<float> out(static_cast<size_t>(padded * GetParam().out), -1.0f);
    team_.parallel_for(1, [&](int64_t, int) {
      MatmulContext context;
      context.multiply(packed, view_of(std::as_const(in), rows, GetParam().in), with_bias, view_of(out, rows, GetParam().out));
    });
    out.resize(static_cast<size_t>(rows * GetParam().out));
    return out;
  }

  ThreadTeam team_{2, [](int) { use_one_openmp_thread(); }};
};

TEST_P(Matmul, equals_the_definition) {
  const auto [in, out] = GetParam();
  const Checkpoint checkpoint(in, out, true);
  const auto x = random_floats(static_cast<size_t>(21 * in), 3);
  for (const ProductPrecision precision : precisions()) {
    const PackedMatrix packed(checkpoint.source, precision, team_);
    for (const bool with_bias : {false, true}) {
      const auto found = multiply(packed, x, 21, with_bias);
      for (int r = 0; r < 21; ++r) {
        for (int o = 0; o < out; ++o) {
          double wanted = with_bias ? checkpoint.bias[static_cast<size_t>(o)] : 0.0;
          for (int i = 0; i < in; ++i) {
            wanted += operand(x[static_cast<size_t>(r * in + i)], precision) *
                      operand(checkpoint.weight[static_cast<size_t>(o * in + i)], precision);
          }
          ASSERT_NEAR(found[static_cast<size_t>(r * out + o)], wanted, 1e-5 * std::max(1, in / 50)) << "row " << r << ", feature " << o;
        }
      }
    }
  }
}

TEST_P(Matmul, a_row_has_the_same_bits_whatever_the_number_of_rows) {
  const auto [in, out] = GetParam();
  const Checkpoint checkpoint(in, out, true);
  const auto x = random_floats(static_cast<size_t>(300 * in), 3);
  std::vector<ProductPrecision> all_precisions = precisions();
  all_precisions.push_back(ProductPrecision::kInt8);
  for (const ProductPrecision precision : all_precisions) {
    const PackedMatrix packed(checkpoint.source, precision, team_);
    const auto all = multiply(packed, x, 300, true);
    for (const int rows : {1, 2, 5, 16, 33, 96, 129, 192, 256}) {
      const auto some = multiply(packed, x, rows, true);
      ASSERT_EQ(std::memcmp(some.data(), all.data(), some.size() * sizeof(float)), 0) << rows << " rows";
    }
  }
}

TEST_P(Matmul, rows_rounded_in_parts_and_from_apart_give_the_same_bits_as_often_as_asked) {
  const auto [in, out] = GetParam();
  constexpr int kRows = 21, kFirst = 5;
  const Checkpoint checkpoint(in, out, true);
  const auto apart = random_floats(static_cast<size_t>(kRows * (in + 3)), 3);
  const ConstMatrixView x = {apart.data(), kRows, in, in + 3};
  std::vector<float> dense;
  for (int r = 0; r < kRows; ++r) dense.insert(dense.end(), x.row(r), x.row(r) + in);
  std::vector<ProductPrecision> rounded = precisions();
  rounded.front() = ProductPrecision::kInt8;  // in place of f32
  for (const ProductPrecision precision : rounded) {
    const PackedMatrix packed(checkpoint.source, precision, team_);
    const auto wanted = multiply(packed, dense, kRows, true);
    team_.parallel_for(1, [&](int64_t, int) {
      MatmulContext context;
      context.start_rounding(packed, kRows);
      context.round(x.middle_rows(kFirst, kRows - kFirst), kFirst);
      context.round(x.middle_rows(0, kFirst), 0);
      for (int time = 0; time < 2; ++time) {
        std::vector<float> found(static_cast<size_t>(32 * out), -1.0f);
        context.multiply_rounded(packed, true, view_of(found, kRows, out));
        EXPECT_EQ(std::memcmp(found.data(), wanted.data(), wanted.size() * sizeof(float)), 0) << time;
      }
    });
  }
}

// oneDNN rounds its own sums; int8's are rounded here.
TEST_P(Matmul, of_bf16_rows_to_bf16_is_that_of_the_same_floats_rounded) {
  if (!has_fast_bf16()) GTEST_SKIP() << "this machine has no fast bf16 products";
  const auto [in, out] = GetParam();
  constexpr int kRows = 21, kPadded = 24;
  const Checkpoint checkpoint(in, out, true);
  auto x = nearest_bf16(random_floats(static_cast<size_t>(kRows * in), 3));
  const auto floats = widened(x);
  x.resize(static_cast<size_t>(kPadded * in));
  for (const ProductPrecision precision : {ProductPrecision::kBf16, ProductPrecision::kInt8}) {
    const PackedMatrix packed(checkpoint.source, precision, team_);
    const auto wanted = nearest_bf16(multiply(packed, floats, kRows, true));
    std::vector<Bf16> found(static_cast<size_t>(kPadded * out));
    team_.parallel_for(1, [&](int64_t, int) {
      MatmulContext context;
      context.start_rounding(packed, kRows);
      context.round(view_of(std::as_const(x), kRows, in));
      context.multiply_rounded(packed, true, view_of(found, kRows, out));
    });
    found.resize(wanted.size());
    EXPECT_EQ(found, wanted) << static_cast<int>(precision);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Matmul,
                         testing::Values(Features{1, 1}, Features{7, 5}, Features{20, 60}, Features{48, 1}, Features{64, 300},
                                         Features{384, 384}, Features{384, 1}, Features{384, 3}, Features{768, 2304}, Features{1152, 768},
                                         Features{768, 1}, Features{1536, 384}));

// oneDNN has other kernels too, a hundred times slower: none of ours is one of those.
TEST_P(Matmul, in_bf16_blocked_kernels_run_at_every_height) {
  if (!has_fast_bf16()) return;
  const auto [in, out] = GetParam();
  const Checkpoint checkpoint(in, out, true);
  const PackedMatrix packed(checkpoint.source, ProductPrecision::kBf16, team_);
  team_.parallel_for(1, [&](int64_t, int) {
    MatmulContext context;
    for (const int rows : {1, 4, 60, 128, 192, 288}) {
      for (const bool with_bias : {false, true}) {
        for (const bool to_bf16 : {false, true}) {
          const std::string kernel = context.implementation(packed, rows, with_bias, to_bf16);
          EXPECT_EQ(kernel.rfind("brg", 0), 0U) << kernel;
        }
      }
    }
  });
}

// Features in several slices and panels, the last of each not whole: 8 bits lose 1 % of a sum here, a misplaced weight all of it.
TEST(PackedMatrix, in_int8_multiplies_as_in_f32_but_for_rounding_in_every_layout) {
  ThreadTeam team(2, [](int) { use_one_openmp_thread(); });
  constexpr int kIn = 901, kOut = 101, kRows = 7;
  const Checkpoint checkpoint(kIn, kOut, true);
  const auto x = random_floats(kRows * kIn, 3);
  const auto multiply = [&](ProductPrecision precision) {
    const PackedMatrix packed(checkpoint.source, precision, team);
    EXPECT_EQ(packed.precision(), precision);
    std::vector<float> in(8 * kIn), out(8 * kOut);
    std::copy(x.begin(), x.end(), in.begin());
    team.parallel_for(1, [&](int64_t, int) {
      MatmulContext().multiply(packed, view_of(std::as_const(in), kRows, kIn), true, view_of(out, kRows, kOut));
    });
    out.resize(kRows * kOut);
    return out;
  };
  const auto wanted = multiply(ProductPrecision::kF32);
  in_every_int8_layout([&] {
    const auto found = multiply(ProductPrecision::kInt8);
    for (size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(found[i], wanted[i], 0.3) << i;
  });
}

TEST(PackedMatrix, says_which_int8_layouts_there_are) {
  const ScopedInt8Layout unknown("nibbles");
  EXPECT_THROW(int8_layout(), Error);
}

TEST(PackedMatrix, whose_int8_sums_might_overflow_is_packed_in_floating_numbers) {
  ThreadTeam team(1, [](int) { use_one_openmp_thread(); });
  const Checkpoint wide(133'001, 2, false);
  EXPECT_EQ(PackedMatrix(wide.source, ProductPrecision::kInt8, team).precision(),
            has_fast_bf16() ? ProductPrecision::kBf16 : ProductPrecision::kF32);
}

TEST(PackedMatrix, knows_its_shape_and_its_bias) {
  ThreadTeam team(2, [](int) { use_one_openmp_thread(); });
  const Checkpoint plain(64, 32, false);
  const PackedMatrix packed(plain.source, ProductPrecision::kF32, team);
  EXPECT_EQ(packed.in_features(), 64);
  EXPECT_EQ(packed.out_features(), 32);
  EXPECT_EQ(packed.bias(), nullptr);
  const Checkpoint biased(64, 32, true);
  EXPECT_NE(PackedMatrix(biased.source, ProductPrecision::kF32, team).bias(), nullptr);
}

}  // namespace
}  // namespace crossrank
