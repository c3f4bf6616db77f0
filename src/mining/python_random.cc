#include "mining/python_random.h"

#include <array>
#include <bit>
#include <numeric>
#include <unordered_set>

namespace crossrank {
namespace {

constexpr size_t kStateWords = 624;

// Gives std::mt19937 the state that Matsumoto and Nishimura's init_by_array makes of a key (mt19937ar.c, 2002), which is how CPython seeds
// from an integer: its 32-bit words, the lowest first.
class InitByArray {
 public:
  using result_type = uint_least32_t;

  explicit InitByArray(uint64_t key) {
    const std::array<uint32_t, 2> words = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
    const size_t length = words[1] == 0 ? 1 : 2;
    state_[0] = 19'650'218U;
    for (size_t i = 1; i < kStateWords; ++i)
      state_[i] = 1'812'433'253U * (state_[i - 1] ^ (state_[i - 1] >> 30)) + static_cast<uint32_t>(i);
    size_t at = 1, word = 0;
    for (size_t step = 0; step < kStateWords; ++step) {
      state_[at] = (state_[at] ^ (mixed(at) * 1'664'525U)) + words[word] + static_cast<uint32_t>(word);
      at = next(at);
      word = (word + 1) % length;
    }
    for (size_t step = 1; step < kStateWords; ++step) {
      state_[at] = (state_[at] ^ (mixed(at) * 1'566'083'941U)) - static_cast<uint32_t>(at);
      at = next(at);
    }
    state_[0] = 0x8000'0000U;
  }

  template <typename Iterator>
  void generate(Iterator begin, Iterator end) {
    for (size_t i = 0; begin != end; ++begin, ++i) *begin = state_[i % kStateWords];
  }

 private:
  uint32_t mixed(size_t at) const { return state_[at - 1] ^ (state_[at - 1] >> 30); }
  size_t next(size_t at) {
    if (++at < kStateWords) return at;
    state_[0] = state_[kStateWords - 1];
    return 1;
  }

  std::array<uint32_t, kStateWords> state_;
};

std::mt19937 seeded(int64_t seed) {
  InitByArray sequence(seed < 0 ? uint64_t{0} - static_cast<uint64_t>(seed) : static_cast<uint64_t>(seed));
  return std::mt19937(sequence);
}

// How large a population random.sample copies rather than remembering what it took.
int64_t pool_limit(int64_t k) {
  int64_t limit = 21;
  if (k > 5) {
    int64_t power = 1;  // 4 ** ceil(log(3 k, 4)); 3 k is no power of 4, so rounding cannot matter
    while (power < 3 * k) power *= 4;
    limit += power;
  }
  return limit;
}

}  // namespace

PythonRandom::PythonRandom(int64_t seed) : twister_(seeded(seed)) {}

uint32_t PythonRandom::getrandbits(int bits) { return static_cast<uint32_t>(twister_()) >> (32 - bits); }

int64_t PythonRandom::below(int64_t n) {
  const int bits = std::bit_width(static_cast<uint64_t>(n));
  while (true) {
    uint64_t value = 0;
    if (bits <= 32) {
      value = getrandbits(bits);
    } else {  // CPython fills words from the lowest
      value = getrandbits(32);
      value |= static_cast<uint64_t>(getrandbits(bits - 32)) << 32;
    }
    if (value < static_cast<uint64_t>(n)) return static_cast<int64_t>(value);
  }
}

std::vector<int64_t> PythonRandom::sample(int64_t n, int64_t k) {
  std::vector<int64_t> result(static_cast<size_t>(k));
  if (n <= pool_limit(k)) {
    std::vector<int64_t> pool(static_cast<size_t>(n));
    std::iota(pool.begin(), pool.end(), 0);
    for (int64_t i = 0; i < k; ++i) {
      const auto at = static_cast<size_t>(below(n - i));
      result[static_cast<size_t>(i)] = pool[at];
      pool[at] = pool[static_cast<size_t>(n - i - 1)];
    }
    return result;
  }
  std::unordered_set<int64_t> taken;
  for (int64_t& index : result) {
    do index = below(n);
    while (!taken.insert(index).second);
  }
  return result;
}

}  // namespace crossrank
