#include "train/losses/list_loss.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones_like.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "train/losses/checks.h"
#include "train/losses/tensors.h"

namespace crossrank {
namespace {

using Texts = std::vector<std::string>;

Json listed_mini_batch_size(const LossParameters& parameters) {
  const auto size = parameters.optional_integer("mini_batch_size", std::nullopt, std::numeric_limits<int64_t>::min());
  return size ? Json(*size) : Json();
}

}  // namespace

ListLoss::ListLoss(const LossParameters& parameters) : activation_(parameters), mini_batch_size_(listed_mini_batch_size(parameters)) {}

void ListLoss::check(const DatasetShape& shape, int num_labels) const {
  check_one_label(name(), num_labels);
  const bool query_and_list = shape.columns.size() == 2 && !shape.is_list[0] && shape.is_list[1];
  if (!query_and_list || !shape.label_is_list) {
    refuse_shape(name(), shape, "a column of queries, a column with a list of documents, and a list of labels, one a document");
  }
}

void ListLoss::check_row(const LossRow& row, int) const {
  const auto documents = static_cast<size_t>(row.texts[1]);
  if (documents == 0) throw error(ErrorCode::kInput, "{}: no documents: {} needs one or more; leave the row away", row.where, name());
  if (row.labels.size() != documents) {
    throw error(ErrorCode::kInput, "{}: {} labels for {} documents: {} takes one a document; correct the row", row.where, row.labels.size(),
                documents, name());
  }
  check_finite(name(), row);
  for (const double label : row.labels) {
    if (label <= largest_label()) continue;
    throw error(ErrorCode::kInput, "{}: label {}: {} takes labels up to {}; scale the labels", row.where, label, name(), largest_label());
  }
}

double ListLoss::largest_label() const { return std::numeric_limits<float>::max(); }

std::vector<TextPair> ListLoss::pairs(const LossBatch& batch, MersenneTwister&) const {
  const auto& queries = std::get<Texts>(batch.columns[0]);
  const auto& lists = std::get<std::vector<Texts>>(batch.columns[1]);
  std::vector<TextPair> pairs;
  for (size_t row = 0; row < queries.size(); ++row) {
    for (const std::string& document : lists[row]) pairs.push_back({queries[row], document});
  }
  return pairs;
}

at::Tensor ListLoss::scores(const at::Tensor& logits) const { return activation_.apply(logits.reshape({-1}).to(at::kFloat)); }

ListLayout::ListLayout(const LossBatch& batch, const at::Tensor& logits) : rows_(batch.rows()) {
  for (const auto& labels : batch.labels) width_ = std::max(width_, static_cast<int64_t>(labels.size()));
  std::vector<int64_t> places;
  std::vector<double> labels;
  for (int64_t row = 0; row < rows_; ++row) {
    for (const double label : batch.labels[static_cast<size_t>(row)]) labels.push_back(label);
    const auto count = static_cast<int64_t>(batch.labels[static_cast<size_t>(row)].size());
    for (int64_t i = 0; i < count; ++i) places.push_back(row * width_ + i);
  }
  places_ = index_tensor(places, logits);
  labels_ = float_tensor(labels, logits);
}

at::Tensor ListLayout::matrix(const at::Tensor& values, double padding) const {
  const at::Tensor empty = at::full({rows_ * width_}, padding, labels_.options());
  return empty.index_copy(0, places_, values).reshape({rows_, width_});
}

at::Tensor ListLayout::mask() const { return matrix(at::ones_like(labels_), 0).to(at::kBool); }

at::Tensor ListLayout::positions(int64_t first) const { return at::arange(first, first + width_, places_.options()); }

}  // namespace crossrank
