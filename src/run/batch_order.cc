#include "run/batch_order.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "run/mersenne_twister.h"

namespace crossrank {
namespace {

// Times that the reference shuffles again where a pass gave fewer batches than said.
constexpr int kExtraPasses = 2;

// A number for each different text, so that a batch is checked without comparing texts.
std::vector<std::vector<uint64_t>> numbered_values(int64_t rows, const std::function<std::vector<std::string>(int64_t)>& values_of) {
  std::unordered_map<std::string, uint64_t> numbers;
  std::vector<std::vector<uint64_t>> values(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) {
    for (std::string& text : values_of(row)) {
      values[static_cast<size_t>(row)].push_back(numbers.try_emplace(std::move(text), numbers.size()).first->second);
    }
  }
  return values;
}

// Rows by label; labels with a single row take no part.
std::vector<std::vector<int64_t>> groups_of(int64_t rows, const std::function<std::string(int64_t)>& label_of) {
  std::unordered_map<std::string, size_t> numbers;
  std::vector<std::vector<int64_t>> groups;
  for (int64_t row = 0; row < rows; ++row) {
    const auto [place, is_new] = numbers.try_emplace(label_of(row), groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(row);
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  return groups;
}

// Rows that group_by_label uses in an epoch: pairs of rows go round the labels until one label is left.
int64_t grouped_rows(const std::vector<std::vector<int64_t>>& groups) {
  std::vector<int64_t> pairs;
  pairs.reserve(groups.size());
  for (const auto& group : groups) pairs.push_back(static_cast<int64_t>(group.size()) / 2);
  std::sort(pairs.rbegin(), pairs.rend());
  int64_t rows = 0;
  for (const int64_t count : pairs) rows += 2 * std::min(count, pairs[1]);
  return rows;
}

}  // namespace

BatchOrder::BatchOrder(const BatchOrderOptions& options, const BatchOrderRows& rows) : options_(options) {
  const int64_t size = options.batch_size;
  if (size < 1) throw error(ErrorCode::kUsage, "per_device_train_batch_size: {} must be at least 1", size);
  if (options.rows < 1) throw Error(ErrorCode::kInput, "train_dataset: has no rows");
  if (options_.group_size == 0) options_.group_size = size;
  batches_ = options.drop_last ? options.rows / size : (options.rows + size - 1) / size;
  if (options.sampler == BatchSampler::kNoDuplicates) {
    values_ = numbered_values(options.rows, rows.values);
  } else if (options.sampler == BatchSampler::kGroupByLabel) {
    if (size < 4 || size % 2 == 1) {
      throw error(ErrorCode::kUsage, "batch_sampler: group_by_label needs an even per_device_train_batch_size from 4 on; it is {}", size);
    }
    groups_ = groups_of(options.rows, rows.label);
    if (groups_.size() < 2) {
      throw error(ErrorCode::kInput, "batch_sampler: group_by_label needs two labels with two rows each; the data set has {}",
                  groups_.size());
    }
    const int64_t used = grouped_rows(groups_);
    batches_ = used / size + (!options.drop_last && used % size >= 4 ? 1 : 0);
  } else if (options.strategy == SamplingStrategy::kGroupByLength) {
    for (int64_t row = 0; row < options.rows; ++row) lengths_.push_back(rows.length(row));
  }
  if (batches_ < 1) {
    throw error(ErrorCode::kInput, "train_dataset: {} rows make no batch of {}; lower per_device_train_batch_size", options.rows, size);
  }
}

std::vector<BatchRows> BatchOrder::epoch(int64_t epoch) const {
  const uint64_t seed = options_.seed + static_cast<uint64_t>(epoch);
  if (options_.sampler == BatchSampler::kNoDuplicates) return without_duplicates(seed);
  if (options_.sampler == BatchSampler::kGroupByLabel) return grouped_by_label(seed);
  if (options_.strategy == SamplingStrategy::kGroupByLength) return in_order_of(grouped_by_length(seed));
  if (options_.strategy == SamplingStrategy::kSequential) {
    std::vector<int64_t> rows(static_cast<size_t>(options_.rows));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    return in_order_of(rows);
  }
  MersenneTwister random(seed);
  return in_order_of(randperm(options_.rows, random));
}

std::vector<BatchRows> BatchOrder::in_order_of(const std::vector<int64_t>& rows) const {
  std::vector<BatchRows> batches;
  for (auto first = rows.begin(); first != rows.end();) {
    const auto last = rows.end() - first > options_.batch_size ? first + options_.batch_size : rows.end();
    if (last - first == options_.batch_size || !options_.drop_last) batches.emplace_back(first, last);
    first = last;
  }
  return batches;
}

// Shuffled, cut into stretches of up to 50 groups, each sorted by length, and the longest row of all put first, so that what does not fit
// into memory shows at once.
std::vector<int64_t> BatchOrder::grouped_by_length(uint64_t seed) const {
  MersenneTwister random(seed);
  std::vector<int64_t> rows = randperm(options_.rows, random);
  const int64_t groups = std::clamp<int64_t>(options_.rows / (options_.group_size * 4), 1, 50);
  const int64_t stretch = groups * options_.group_size;
  const auto length = [this](int64_t row) { return lengths_[static_cast<size_t>(row)]; };
  size_t longest = 0;
  for (int64_t first = 0; first < options_.rows; first += stretch) {
    const auto begin = rows.begin() + first, end = rows.begin() + std::min(first + stretch, options_.rows);
    std::stable_sort(begin, end, [&](int64_t a, int64_t b) { return length(a) > length(b); });
    if (length(*begin) > length(rows[longest])) longest = static_cast<size_t>(first);
  }
  std::swap(rows[0], rows[longest]);
  return rows;
}

// A batch takes the first rows of the shuffled list that share no text with it; rows that do wait for a later batch.
std::vector<BatchRows> BatchOrder::without_duplicates(uint64_t seed) const {
  MersenneTwister random(seed);
  std::vector<BatchRows> batches;
  const auto pass = [&](int64_t limit) {
    std::vector<int64_t> waiting = randperm(options_.rows, random);
    // The list is compacted from the front only as far as a batch looked, so that a pass costs rows, not rows times batches.
    std::deque<int64_t> deferred;
    auto next = waiting.begin();
    while (!deferred.empty() || next != waiting.end()) {
      BatchRows batch;
      std::unordered_set<uint64_t> taken;
      std::deque<int64_t> still;
      const auto offer = [&](int64_t row) {
        const auto& values = values_[static_cast<size_t>(row)];
        if (std::any_of(values.begin(), values.end(), [&](uint64_t value) { return taken.contains(value); })) {
          still.push_back(row);
        } else {
          batch.push_back(row);
          taken.insert(values.begin(), values.end());
        }
      };
      const auto full = [&] { return static_cast<int64_t>(batch.size()) == options_.batch_size; };
      while (!deferred.empty() && !full()) {
        offer(deferred.front());
        deferred.pop_front();
      }
      while (next != waiting.end() && !full()) offer(*next++);
      deferred.insert(deferred.begin(), still.begin(), still.end());
      if (full() || !options_.drop_last) batches.push_back(std::move(batch));
      if (limit > 0 && static_cast<int64_t>(batches.size()) >= limit) return;
    }
  };
  pass(0);
  if (batches.empty()) return batches;
  for (int extra = 0; extra < kExtraPasses && static_cast<int64_t>(batches.size()) < batches_; ++extra) pass(batches_);
  return batches;
}

// Labels take turns with two rows each, in an order drawn anew each round, until one label is left.
std::vector<BatchRows> BatchOrder::grouped_by_label(uint64_t seed) const {
  MersenneTwister random(seed);
  std::vector<std::deque<int64_t>> queues(groups_.size());
  for (size_t label = 0; label < groups_.size(); ++label) {
    const std::vector<int64_t>& rows = groups_[label];
    const std::vector<int64_t> order = randperm(static_cast<int64_t>(rows.size()), random);
    for (size_t i = 0; i < rows.size() / 2 * 2; ++i) queues[label].push_back(rows[static_cast<size_t>(order[i])]);
  }
  std::vector<size_t> labels(queues.size());
  std::iota(labels.begin(), labels.end(), size_t{0});
  std::vector<BatchRows> batches;
  BatchRows batch;
  size_t last_label = queues.size();
  while (labels.size() >= 2) {
    std::vector<size_t> round;
    for (const int64_t place : randperm(static_cast<int64_t>(labels.size()), random)) round.push_back(labels[static_cast<size_t>(place)]);
    if (!batch.empty() && round[0] == last_label) std::swap(round[0], round[1]);
    for (const size_t label : round) {
      for (int i = 0; i < 2; ++i) {
        batch.push_back(queues[label].front());
        queues[label].pop_front();
      }
      if (static_cast<int64_t>(batch.size()) >= options_.batch_size) batches.push_back(std::exchange(batch, {}));
    }
    last_label = round.back();
    labels.clear();
    std::copy_if(round.begin(), round.end(), std::back_inserter(labels), [&](size_t label) { return !queues[label].empty(); });
  }
  if (!options_.drop_last && batch.size() >= 4) batches.push_back(std::move(batch));
  return batches;
}

std::vector<BatchRows> shard_of(const std::vector<BatchRows>& batches, int64_t processes, int64_t index) {
  std::vector<BatchRows> shard;
  const int64_t rounds = static_cast<int64_t>(batches.size()) / processes;
  for (int64_t round = 0; round < rounds; ++round) shard.push_back(batches[static_cast<size_t>(round * processes + index)]);
  return shard;
}

}  // namespace crossrank
