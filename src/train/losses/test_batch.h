// For tests of losses: goldens, and batches made of their JSON.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/loss.h"

namespace crossrank {

inline Json loss_golden(const std::string& name) {
  std::ifstream file("tests/goldens/losses/" + name);
  return Json::parse(file);
}

inline TextColumn column_of(const Json& column) {
  if (!column.empty() && column.front().is_array()) return column.get<std::vector<std::vector<std::string>>>();
  return column.get<std::vector<std::string>>();
}

/// Labels: null, a number a row, or a list a row.
inline LossBatch batch_of(const Json& columns, const Json& labels) {
  LossBatch batch;
  for (const Json& column : columns) batch.columns.push_back(column_of(column));
  for (const Json& label : labels) {
    batch.labels.push_back(label.is_array() ? label.get<std::vector<double>>() : std::vector{label.get<double>()});
  }
  return batch;
}

inline DatasetShape shape_of(const LossBatch& batch, bool label_is_list) {
  DatasetShape shape;
  shape.has_label = !batch.labels.empty();
  shape.label_is_list = label_is_list;
  shape.where = "train.jsonl line 1";
  for (const TextColumn& column : batch.columns) {
    shape.columns.push_back("column_" + std::to_string(shape.columns.size() + 1));
    shape.is_list.push_back(column.index() == 1);
  }
  return shape;
}

inline LossRow row_of(const LossBatch& batch, size_t row) {
  LossRow out;
  out.where = "train.jsonl line 7";
  for (const TextColumn& column : batch.columns) {
    const auto* lists = std::get_if<1>(&column);
    out.texts.push_back(lists == nullptr ? 1 : static_cast<int64_t>((*lists)[row].size()));
  }
  if (!batch.labels.empty()) out.labels = batch.labels[row];
  return out;
}

/// The message of the Error(code) that `call` throws; "" when it throws none. Errors of another code pass through.
template <typename Call>
std::string refusal(ErrorCode code, Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    if (error.code() != code) throw;
    return error.what();
  }
  return "";
}

}  // namespace crossrank
