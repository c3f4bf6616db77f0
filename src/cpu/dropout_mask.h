// dropout_mask: which numbers are dropped in training, a function of a seed and their place: the backward pass draws the same again, and
// no mask is kept. A mask has rows and columns: queries and keys of one head of one sequence, or those of a matrix.
#pragma once

#include <cstdint>

namespace crossrank {

/// Nothing is dropped by default.
struct DropoutMask {
  uint64_t key = 0;
  uint32_t threshold = 0;  // the probability of a zero, in units of 2^-31
  float scale = 1;         // of what is kept
};

// Multipliers of the mixer of 32 bits (Wellons 2018, "lowbias32"), and one that spreads neighbouring columns.
inline constexpr uint32_t kDropoutColumn = 0x9e3779b1;
inline constexpr uint32_t kDropoutFirst = 0x7feb352d;
inline constexpr uint32_t kDropoutSecond = 0x846ca68b;

/// Mixes 64 bits (Steele et al. 2014, "SplitMix").
constexpr uint64_t mix_bits(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// `probability` in [0, 1]. Each head of each sequence has a mask of its own.
constexpr DropoutMask dropout_mask(double probability, uint64_t seed, int sequence = 0, int head = 0) {
  DropoutMask dropout;
  if (probability <= 0) return dropout;
  const uint64_t place = static_cast<uint64_t>(static_cast<uint32_t>(sequence)) << 32 | static_cast<uint32_t>(head);
  dropout.key = mix_bits(mix_bits(seed) ^ place);
  dropout.threshold = static_cast<uint32_t>((static_cast<uint64_t>(probability * 4294967296.0) + 1) / 2);  // rounded
  dropout.scale = probability < 1 ? static_cast<float>(1 / (1 - probability)) : 0.0f;
  return dropout;
}

/// Two keys of a row: with one alone, a row could be another one shifted.
struct DropoutRow {
  uint32_t first;
  uint32_t second;
};
constexpr DropoutRow dropout_row(const DropoutMask& dropout, int row) {
  const uint64_t bits = mix_bits(dropout.key ^ static_cast<uint64_t>(static_cast<uint32_t>(row)));
  return {static_cast<uint32_t>(bits), static_cast<uint32_t>(bits >> 32)};
}

/// The definition; kernels do the same on vectors.
constexpr bool is_kept(const DropoutMask& dropout, int row, int column) {
  const DropoutRow keys = dropout_row(dropout, row);
  uint32_t x = static_cast<uint32_t>(column) * kDropoutColumn + keys.first;
  x = (x ^ (x >> 16)) * kDropoutFirst;
  x = ((x ^ (x >> 15)) ^ keys.second) * kDropoutSecond;
  return ((x ^ (x >> 16)) >> 1) >= dropout.threshold;
}

}  // namespace crossrank
