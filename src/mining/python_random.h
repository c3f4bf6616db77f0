// PythonRandom: Python's random.seed and random.sample, number for number, so that a seed gives the rows that it gives the reference.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace crossrank {

/// The random.Random of CPython 3.11: a Mersenne Twister (MT19937) and the module's own ways from it to indices.
class PythonRandom {
 public:
  /// random.seed(seed), which takes the size of the number and drops its sign.
  explicit PythonRandom(int64_t seed);

  /// random.getrandbits(bits), of 1 to 32 bits.
  uint32_t getrandbits(int bits);
  /// random.randrange(n); n >= 1.
  int64_t below(int64_t n);
  /// random.sample(range(n), k); 0 <= k <= n.
  std::vector<int64_t> sample(int64_t n, int64_t k);

 private:
  std::mt19937 twister_;
};

}  // namespace crossrank
