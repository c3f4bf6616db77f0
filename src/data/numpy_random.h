// NumpyRandom: the random numbers of numpy.random.default_rng(seed), bit for bit, as far as shuffling needs them.
#pragma once

#include <cstdint>
#include <vector>

namespace crossrank {

/// SeedSequence(seed) and PCG64 (XSL-RR 128/64, O'Neill 2014), as numpy has them since 1.17.
class NumpyRandom {
 public:
  explicit NumpyRandom(uint64_t seed);

  uint64_t next_uint64();
  /// The lower half of a 64-bit number, then its upper half.
  uint32_t next_uint32();
  /// Evenly from [0, last]: as many bits as `last` has, drawn until they are no more than it, as numpy's shuffle does.
  uint32_t bounded(uint32_t last);

  /// Generator.permutation(rows): 0 to rows - 1 in random order; at most 2^32 rows.
  std::vector<uint32_t> permutation(int64_t rows);

 private:
  __extension__ using Wide = unsigned __int128;

  void step();

  Wide state_ = 0, increment_ = 0;
  bool has_half_ = false;
  uint32_t half_ = 0;
};

}  // namespace crossrank
