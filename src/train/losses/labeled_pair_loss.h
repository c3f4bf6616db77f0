// LabeledPairLoss: what the losses share that read two columns of texts and one label a row.
#pragma once

#include "train/loss.h"

namespace crossrank {

class LabeledPairLoss : public Loss {
 public:
  std::string_view citation() const override { return ""; }
  void check(const DatasetShape& shape, int num_labels) const override;
  void check_row(const LossRow& row, int num_labels) const override;
  std::vector<TextPair> pairs(const LossBatch& batch, MersenneTwister& random) const override;

 protected:
  virtual void check_model(int num_labels) const;
  /// For a label that is a finite number.
  virtual void check_label(double label, const LossRow& row, int num_labels) const = 0;
};

}  // namespace crossrank
