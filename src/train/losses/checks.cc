#include "train/losses/checks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace crossrank {

void check_one_label(std::string_view loss, int num_labels) {
  if (num_labels == 1) return;
  throw error(ErrorCode::kUsage, "{} trains models with one label, and this model has {}; set num_labels = 1, or use CrossEntropyLoss",
              loss, num_labels);
}

bool has_texts_alone(const DatasetShape& shape) {
  return std::none_of(shape.is_list.begin(), shape.is_list.end(), [](bool is_list) { return is_list; });
}

void refuse_shape(std::string_view loss, const DatasetShape& shape, std::string_view takes) {
  std::string columns;
  for (size_t i = 0; i < shape.columns.size(); ++i) {
    columns += fmt::format("{}{}{}", i == 0 ? "" : ", ", shape.columns[i], shape.is_list[i] ? " (a list)" : "");
  }
  const std::string_view label = !shape.has_label ? "no label" : shape.label_is_list ? "a list of labels" : "one label";
  throw error(ErrorCode::kInput, "{}: {} takes {}; found {} text column{}{}{} and {}; choose columns in that order, or another loss",
              shape.where, loss, takes, shape.columns.size(), shape.columns.size() == 1 ? "" : "s", columns.empty() ? "" : ": ", columns,
              label);
}

void check_finite(std::string_view loss, const LossRow& row) {
  for (const double label : row.labels) {
    if (std::abs(label) <= std::numeric_limits<float>::max()) continue;
    throw error(ErrorCode::kInput, "{}: label {}: {} takes finite numbers; correct the row", row.where, label, loss);
  }
}

void append_pairs(const LossBatch& batch, size_t first, size_t second, std::vector<TextPair>& pairs) {
  const auto& queries = std::get<std::vector<std::string>>(batch.columns[first]);
  const auto& documents = std::get<std::vector<std::string>>(batch.columns[second]);
  for (size_t row = 0; row < queries.size(); ++row) pairs.push_back({queries[row], documents[row]});
}

}  // namespace crossrank
