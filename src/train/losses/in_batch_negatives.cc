#include "train/losses/in_batch_negatives.h"

#include <algorithm>
#include <cmath>

namespace crossrank {
namespace {

// torch's exponential_ with rate 1, f32: from 53 random bits in double, then rounded.
float exponential(MersenneTwister& random) {
  constexpr int kBits = 53;
  const double uniform = std::ldexp(static_cast<double>(random.random64() & ((uint64_t{1} << kBits) - 1)), -kBits);
  return static_cast<float>(-std::log1p(-uniform));
}

}  // namespace

std::vector<std::vector<int64_t>> in_batch_negatives(int64_t rows, int64_t columns, std::optional<int64_t> count, MersenneTwister& random) {
  const bool draw = count && *count < (rows - 1) * columns;
  std::vector<std::vector<int64_t>> chosen(static_cast<size_t>(rows));
  std::vector<float> numbers(static_cast<size_t>(rows * columns));
  for (int64_t row = 0; row < rows; ++row) {
    auto& negatives = chosen[static_cast<size_t>(row)];
    // Every candidate takes a number, also the row's own, which cannot be chosen.
    if (draw) std::generate(numbers.begin(), numbers.end(), [&] { return exponential(random); });
    for (int64_t candidate = 0; candidate < rows * columns; ++candidate) {
      if (candidate % rows != row) negatives.push_back(candidate);
    }
    if (!draw) continue;
    const auto smaller = [&](int64_t a, int64_t b) { return numbers[static_cast<size_t>(a)] < numbers[static_cast<size_t>(b)]; };
    std::stable_sort(negatives.begin(), negatives.end(), smaller);
    negatives.resize(static_cast<size_t>(*count));
  }
  return chosen;
}

}  // namespace crossrank
