#include "run/mersenne_twister.h"

#include <numeric>
#include <utility>

namespace crossrank {

std::vector<int64_t> randperm(int64_t n, MersenneTwister& generator) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (int64_t i = 0; i < n - 1; ++i) {
    const int64_t other = i + generator.random() % static_cast<uint64_t>(n - i);
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(other)]);
  }
  return order;
}

}  // namespace crossrank
