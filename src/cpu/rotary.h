// rotary: cosines and sines of the rotary positions (Su et al. 2021).
#pragma once

#include <map>
#include <utility>
#include <vector>

namespace crossrank {

/// Tables by (theta, head_dim), grown before a forward pass and read-only during it.
class RotaryTables {
 public:
  /// Rows for positions [0, length) at least.
  void prepare(double theta, int head_dim, int length);

  /// Row of position p: head_dim / 2 cosines, then as many sines, at data + p * head_dim. Null where nothing was prepared.
  const float* find(double theta, int head_dim) const;

 private:
  std::map<std::pair<double, int>, std::vector<float>> tables_;
};

}  // namespace crossrank
