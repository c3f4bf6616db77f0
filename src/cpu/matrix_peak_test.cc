#include "cpu/matrix_peak.h"

#include <gtest/gtest.h>

#include <vector>

namespace crossrank {
namespace {

TEST(MatrixPeak, is_a_rate) {
  std::vector<ProductPrecision> precisions = {ProductPrecision::kF32, ProductPrecision::kInt8};
  if (has_fast_bf16()) precisions.push_back(ProductPrecision::kBf16);
  for (const ProductPrecision precision : precisions) EXPECT_GT(MatrixPeak(precision, 2).measure(1e-3), 1e6);
}

}  // namespace
}  // namespace crossrank
