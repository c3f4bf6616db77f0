// train_test_split: which rows are kept for testing, as the reference's `datasets` chooses them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crossrank {

struct TrainTestSplitOptions {
  std::string test_size = {};   // rows, or a share of them ("0.1"); empty: what is left, or a quarter where both are empty
  std::string train_size = {};  // the same; empty: what is left
  int seed = 42;
  bool shuffle = true;

  static constexpr void visit(auto& self, auto&& field) {
    field("test-size", self.test_size, "rows to keep for testing, or a share of all (0.1); default: what training leaves, or a quarter");
    field("train-size", self.train_size, "rows to train on, or a share of all; default: what testing leaves");
    field("seed", self.seed, "the same seed takes the same rows, here as in Python's datasets");
    field("shuffle", self.shuffle, "take rows at random; =false: the last ones are for testing");
  }
};

/// Places of rows, in the order in which the parts have them.
struct TrainTestRows {
  std::vector<uint32_t> train, test;
};

/// A share is rounded up for testing and down for training. Error(kUsage) for sizes that leave nothing to train on, go beyond the rows, or
/// are no number.
TrainTestRows train_test_split(int64_t rows, const TrainTestSplitOptions& options);

}  // namespace crossrank
