#include "train/losses/labeled_pair_loss.h"

#include "base/error.h"
#include "train/losses/checks.h"

namespace crossrank {

void LabeledPairLoss::check(const DatasetShape& shape, int num_labels) const {
  check_model(num_labels);
  const bool two_texts = shape.columns.size() == 2 && has_texts_alone(shape);
  if (!two_texts || !shape.has_label || shape.label_is_list) refuse_shape(name(), shape, "two columns of texts and one label a row");
}

void LabeledPairLoss::check_model(int num_labels) const { check_one_label(name(), num_labels); }

void LabeledPairLoss::check_row(const LossRow& row, int num_labels) const {
  if (row.labels.size() != 1) {
    throw error(ErrorCode::kInput, "{}: {} labels: {} takes one a row; correct the row", row.where, row.labels.size(), name());
  }
  check_finite(name(), row);
  check_label(row.labels.front(), row, num_labels);
}

std::vector<TextPair> LabeledPairLoss::pairs(const LossBatch& batch, MersenneTwister&) const {
  std::vector<TextPair> pairs;
  append_pairs(batch, 0, 1, pairs);
  return pairs;
}

}  // namespace crossrank
