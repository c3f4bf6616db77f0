#include "cpu/matrix_peak.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(MatrixPeak, is_a_rate) {
  for (const auto precision : {ProductPrecision::kF32, ProductPrecision::kInt8}) EXPECT_GT(MatrixPeak(precision, 2).measure(1e-3), 1e6);
  if (has_fast_bf16()) EXPECT_GT(MatrixPeak(ProductPrecision::kBf16, 1).measure(1e-3), 1e6);
}

}  // namespace
}  // namespace crossrank
