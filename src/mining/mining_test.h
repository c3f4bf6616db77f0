// What the tests of this room share: a writer that collects rows, and a first stage with scores of the test's own.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "data/row_writer.h"
#include "mining/first_stage.h"

namespace crossrank {

class CollectingWriter : public RowWriter {
 public:
  void write(std::span<const Json> values) override { rows.emplace_back(values.begin(), values.end()); }
  void finish() override {}
  std::vector<std::vector<Json>> rows;
};

/// Scores [queries][corpus].
class TableStage : public FirstStage {
 public:
  TableStage(const MiningPairs& pairs, std::vector<std::vector<float>> scores) : pairs_(pairs), scores_(std::move(scores)) {}

  Candidates candidates(int k, const Progress&) const override {
    Candidates found(pairs_.queries().size(), k);
    for (int64_t query = 0; query < found.queries; ++query) {
      const std::vector<float>& row = scores_[static_cast<size_t>(query)];
      std::vector<int32_t> order(row.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int32_t>(i);
      std::stable_sort(order.begin(), order.end(),
                       [&](int32_t a, int32_t b) { return row[static_cast<size_t>(a)] > row[static_cast<size_t>(b)]; });
      for (size_t i = 0; i < std::min(order.size(), static_cast<size_t>(k)); ++i) {
        found.indices_of(query)[i] = order[i];
        found.scores_of(query)[i] = row[static_cast<size_t>(order[i])];
      }
    }
    return found;
  }

  std::vector<float> positive_scores() const override {
    std::vector<float> result;
    for (int64_t pair = 0; pair < pairs_.num_pairs(); ++pair) {
      result.push_back(scores_[static_cast<size_t>(pairs_.query_of(pair))][static_cast<size_t>(pairs_.positive_of(pair))]);
    }
    return result;
  }

 private:
  const MiningPairs& pairs_;
  std::vector<std::vector<float>> scores_;
};

}  // namespace crossrank
