// TrainData: a data set as a loss reads it, checked row by row before the first step.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crossrank/reranker.h"
#include "data/dataset.h"
#include "train/loss.h"

namespace crossrank {

/// Rows in memory. Immutable; may be shared between threads.
class TrainData {
 public:
  /// Reads all rows. The label is the first column named label, labels, score or scores; the others, in order, are what the loss takes, or
  /// those of `columns` where there are any. Error(kInput) names the row and the field: no text, another number of texts than labels, a
  /// label that the loss cannot take; Error of Loss::check where the columns do not fit the loss at all.
  static TrainData read(DatasetReader& reader, const std::vector<std::string>& columns, const Loss& loss, int num_labels,
                        const Progress& progress = {});

  int64_t rows() const { return rows_; }
  const DatasetShape& shape() const { return shape_; }
  /// The rows of these numbers, in this order.
  LossBatch batch(std::span<const int64_t> indices) const;
  /// "FILE:LINE" of a row.
  std::string where(int64_t row) const;
  /// Characters of a row's texts: what sorting by length goes by.
  int64_t text_bytes(int64_t row) const;
  /// The first label of each row; empty without labels. What grouping by label goes by.
  std::vector<double> first_labels() const;

 private:
  DatasetShape shape_;
  int64_t rows_ = 0;
  std::vector<TextColumn> columns_;
  std::vector<std::vector<double>> labels_;  // [rows], or none
  std::vector<std::string> where_;           // [rows]
};

}  // namespace crossrank
