#include "data/numpy_random.h"

#include <array>
#include <bit>
#include <numeric>
#include <utility>

#include "base/error.h"

namespace crossrank {
namespace {

constexpr size_t kPoolWords = 4;
using Pool = std::array<uint32_t, kPoolWords>;

// numpy/random/bit_generator.pyx: constants of SeedSequence, after O'Neill's seed_seq_fe.
constexpr uint32_t kInitA = 0x43B0D7E5, kMultA = 0x931E8875, kInitB = 0x8B51F9DD, kMultB = 0x58F38DED;
constexpr uint32_t kMixLeft = 0xCA01F9DD, kMixRight = 0x4973F715;

class HashMix {
 public:
  HashMix(uint32_t start, uint32_t multiplier) : constant_(start), multiplier_(multiplier) {}
  uint32_t operator()(uint32_t value) {
    value ^= constant_;
    constant_ *= multiplier_;
    value *= constant_;
    return value ^ (value >> 16);
  }

 private:
  uint32_t constant_, multiplier_;
};

uint32_t mix(uint32_t a, uint32_t b) {
  const uint32_t mixed = kMixLeft * a - kMixRight * b;
  return mixed ^ (mixed >> 16);
}

Pool entropy_pool(uint64_t seed) {
  // A seed of one word and one padded with zeros mix alike, so that two words hold every seed.
  const Pool words = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32), 0, 0};
  Pool pool{};
  HashMix hash(kInitA, kMultA);
  for (size_t i = 0; i < kPoolWords; ++i) pool[i] = hash(words[i]);
  for (size_t from = 0; from < kPoolWords; ++from) {
    for (size_t to = 0; to < kPoolWords; ++to) {
      if (from != to) pool[to] = mix(pool[to], hash(pool[from]));
    }
  }
  return pool;
}

}  // namespace

NumpyRandom::NumpyRandom(uint64_t seed) {
  const Pool pool = entropy_pool(seed);
  HashMix hash(kInitB, kMultB);
  std::array<uint64_t, 4> words{};
  for (size_t i = 0; i < words.size(); ++i) {
    const uint64_t low = hash(pool[(2 * i) % kPoolWords]);
    words[i] = low | (static_cast<uint64_t>(hash(pool[(2 * i + 1) % kPoolWords])) << 32);
  }
  increment_ = (((static_cast<Wide>(words[2]) << 64) | words[3]) << 1) | 1;
  step();
  state_ += (static_cast<Wide>(words[0]) << 64) | words[1];
  step();
}

void NumpyRandom::step() {
  constexpr Wide kMultiplier = (static_cast<Wide>(2549297995355413924ULL) << 64) | 4865540595714422341ULL;
  state_ = state_ * kMultiplier + increment_;
}

uint64_t NumpyRandom::next_uint64() {
  step();
  const auto high = static_cast<uint64_t>(state_ >> 64);
  const uint64_t mixed = high ^ static_cast<uint64_t>(state_);
  const auto turn = static_cast<unsigned>(high >> 58);
  return (mixed >> turn) | (mixed << ((64 - turn) & 63));
}

uint32_t NumpyRandom::next_uint32() {
  if (has_half_) {
    has_half_ = false;
    return half_;
  }
  const uint64_t both = next_uint64();
  has_half_ = true;
  half_ = static_cast<uint32_t>(both >> 32);
  return static_cast<uint32_t>(both);
}

uint32_t NumpyRandom::bounded(uint32_t last) {
  if (last == 0) return 0;  // and nothing is drawn
  const uint32_t mask = UINT32_MAX >> std::countl_zero(last);
  while (true) {
    const uint32_t value = next_uint32() & mask;
    if (value <= last) return value;
  }
}

std::vector<uint32_t> NumpyRandom::permutation(int64_t rows) {
  if (rows < 0 || rows > int64_t{1} << 32) throw error(ErrorCode::kUnsupported, "{} rows: no more than 2^32 can be shuffled", rows);
  std::vector<uint32_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), 0U);
  for (size_t i = order.size(); i-- > 1;) std::swap(order[i], order[bounded(static_cast<uint32_t>(i))]);
  return order;
}

}  // namespace crossrank
