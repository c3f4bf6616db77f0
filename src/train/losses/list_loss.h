// ListLoss: what the losses share that read a query, a list of documents and a list of labels a row; and ListLayout, by which the
// logits of such a batch, one after the other, become a matrix.
#pragma once

#include <optional>

#include "train/loss.h"
#include "train/losses/logit_activation.h"

namespace crossrank {

class ListLoss : public Loss {
 public:
  explicit ListLoss(const LossParameters& parameters);

  void check(const DatasetShape& shape, int num_labels) const override;
  void check_row(const LossRow& row, int num_labels) const override;
  std::vector<TextPair> pairs(const LossBatch& batch, MersenneTwister& random) const override;

 protected:
  /// The activated logits, f32 [pairs].
  at::Tensor scores(const at::Tensor& logits) const;
  /// The largest label that the loss can take.
  virtual double largest_label() const;
  const std::string& activation() const { return activation_.full_name(); }
  const Json& mini_batch_size() const { return mini_batch_size_; }

 private:
  LogitActivation activation_;
  // How many pairs the reference scores at once. Packed batches need no such bound, and the value does not depend on it; it is listed.
  Json mini_batch_size_;
};

/// Where the documents of a batch stand in a matrix with a row a query, as wide as the longest list.
class ListLayout {
 public:
  /// Constants go to the device of `logits`.
  ListLayout(const LossBatch& batch, const at::Tensor& logits);

  int64_t width() const { return width_; }
  /// The values [pairs] in their places, `padding` where there is no document: f32 [rows, width].
  at::Tensor matrix(const at::Tensor& values, double padding) const;
  /// The labels, in the same way.
  at::Tensor labels(double padding) const { return matrix(labels_, padding); }
  /// Where there is a document: bool [rows, width].
  at::Tensor mask() const;
  /// first, first + 1, ..., int64 [width].
  at::Tensor positions(int64_t first) const;

 private:
  int64_t rows_, width_ = 0;
  at::Tensor places_, labels_;
};

}  // namespace crossrank
