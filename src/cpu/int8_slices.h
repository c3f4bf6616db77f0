// Int8Slices: the input features of a product in slices that stay in cache, in groups that an instruction multiplies and sums.
#pragma once

#include <cstdint>

namespace crossrank {

/// `in_features` in groups of `size`, the last filled up with zeros, and those in as few even slices as have at most `most` groups each.
struct Int8Slices {
  constexpr Int8Slices(int in_features, int size, int most) : groups((in_features + size - 1) / size), count((groups + most - 1) / most) {}
  /// The group that a slice begins at.
  constexpr int begin(int slice) const { return static_cast<int>(int64_t{groups} * slice / count); }

  int groups;
  int count;
};

}  // namespace crossrank
