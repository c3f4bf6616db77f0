// TrainData: a data set as a loss reads it, checked row by row before the first step.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "crossrank/reranker.h"
#include "data/dataset.h"
#include "train/loss.h"

namespace crossrank {

struct TrainDataOptions {
  std::vector<std::string> columns = {};                   // what the loss gets, and the label where it is among them; empty: all
  int64_t max_rows = 0;                                    // 0: all
  std::function<void(const DatasetRow& row)> on_row = {};  // sees each row, for statistics
};

/// Rows in memory. Immutable; may be shared between threads.
class TrainData {
 public:
  /// Reads all rows. The label is the first column named label, labels, score or scores; the others, in order, are what the loss takes, or
  /// those of options.columns where there are any. Error(kInput) names the row and the field: no text, another number of texts than labels,
  /// a label that the loss cannot take; Error of Loss::check where the columns do not fit the loss at all.
  static TrainData read(DatasetReader& reader, const TrainDataOptions& options, const Loss& loss, int num_labels);

  int64_t rows() const { return rows_; }
  /// The rows of these numbers, in this order.
  LossBatch batch(std::span<const int64_t> indices) const;
  /// "FILE:LINE" of a row.
  std::string where(int64_t row) const;
  /// Bytes of a row's texts: what grouping by length goes by.
  int64_t text_bytes(int64_t row) const;
  /// The row's label as text, equal for equal labels: what grouping by label goes by. Empty without labels.
  std::string label(int64_t row) const;
  /// The row's texts, a list as one: what no_duplicates goes by.
  std::vector<std::string> texts(int64_t row) const;

 private:
  void take_shape(const DatasetRow& row, const std::vector<size_t>& places, const std::vector<std::string>& names);

  DatasetShape shape_;
  int64_t rows_ = 0;
  std::vector<TextColumn> columns_;
  std::vector<std::vector<double>> labels_;  // [rows], or none
  std::vector<std::string> where_;           // [rows]
};

}  // namespace crossrank
