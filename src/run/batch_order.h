// BatchOrder: which rows make which batch of which epoch, as the reference's samplers draw them at the same seed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// Rows of one batch: numbers from 0.
using BatchRows = std::vector<int64_t>;

enum class BatchSampler { kBatchSampler, kNoDuplicates, kGroupByLabel };
enum class SamplingStrategy { kRandom, kSequential, kGroupByLength };

struct BatchOrderOptions {
  int64_t rows = 0;
  int64_t batch_size = 8;
  bool drop_last = false;
  uint64_t seed = 42;
  BatchSampler sampler = BatchSampler::kBatchSampler;
  SamplingStrategy strategy = SamplingStrategy::kRandom;  // of kBatchSampler
  int64_t group_size = 0;  // rows that kGroupByLength sorts as one; 0: batch_size (the reference: batch size times accumulation)
};

/// What samplers look at besides the number of rows; a function that a sampler does not need may be empty.
struct BatchOrderRows {
  std::function<std::vector<std::string>(int64_t row)> values = {};  // kNoDuplicates: the row's texts (a list is one text), no label
  std::function<std::string(int64_t row)> label = {};                // kGroupByLabel: equal texts, one label
  std::function<int64_t(int64_t row)> length = {};                   // kGroupByLength
};

/// Immutable but for what it remembers of the rows; any epoch may be asked for at any time, so that a run goes on where another ended.
class BatchOrder {
 public:
  /// Error(kUsage) for a batch size that the sampler does not take; Error(kInput) for rows that it cannot make batches of.
  BatchOrder(const BatchOrderOptions& options, const BatchOrderRows& rows = {});

  /// Batches that an epoch is said to have (what the steps of the schedule are counted by). kNoDuplicates may give a few more or fewer.
  int64_t batches_per_epoch() const { return batches_; }

  /// The batches of an epoch, from 0.
  std::vector<BatchRows> epoch(int64_t epoch) const;

 private:
  std::vector<BatchRows> in_order_of(const std::vector<int64_t>& rows) const;
  std::vector<int64_t> grouped_by_length(uint64_t seed) const;
  std::vector<BatchRows> without_duplicates(uint64_t seed) const;
  std::vector<BatchRows> grouped_by_label(uint64_t seed) const;

  BatchOrderOptions options_;
  int64_t batches_ = 0;
  std::vector<std::vector<uint64_t>> values_;  // kNoDuplicates: a number for each different text, by row
  std::vector<std::vector<int64_t>> groups_;   // kGroupByLabel: rows of each label, labels in the order of their first row
  std::vector<int64_t> lengths_;               // kGroupByLength
};

/// The batches of process `index` of `processes`: batch index, index + processes, .. All processes get the same number; where the last
/// ones do not go round they are left out, as the reference's do under drop_last, which it sets when there is more than one process.
std::vector<BatchRows> shard_of(const std::vector<BatchRows>& batches, int64_t processes, int64_t index);

}  // namespace crossrank
