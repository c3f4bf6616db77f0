// MersenneTwister: the generator of libtorch's CPU default, and torch.randperm by it, so that batches come in the reference's order.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace crossrank {

/// at::mt19937 with torch's manual_seed: std::mt19937 seeded by the low 32 bits gives the same numbers.
class MersenneTwister {
 public:
  explicit MersenneTwister(uint64_t seed) : engine_(static_cast<uint32_t>(seed)) {}
  uint32_t random() { return static_cast<uint32_t>(engine_()); }
  uint64_t random64() {
    const uint64_t high = random();
    return (high << 32) | random();
  }

 private:
  std::mt19937 engine_;
};

/// torch.randperm(n, generator=g): numbers 0 to n - 1, each once.
std::vector<int64_t> randperm(int64_t n, MersenneTwister& generator);

}  // namespace crossrank
