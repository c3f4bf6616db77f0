#include "train/train_data.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/error.h"

namespace crossrank {
namespace {

constexpr std::string_view kLabelNames[] = {"label", "labels", "score", "scores"};

// Where the columns of the data set go.
struct Places {
  std::vector<size_t> texts;
  std::optional<size_t> label;
};

Places find_places(const std::vector<std::string>& all, const std::vector<std::string>& wanted, const std::string& where) {
  Places places;
  for (const std::string_view name : kLabelNames) {
    const auto found = std::find(all.begin(), all.end(), name);
    if (found == all.end()) continue;
    const auto place = static_cast<size_t>(found - all.begin());
    if (!places.label) places.label = place;
  }
  if (!wanted.empty()) {
    for (const std::string& name : wanted) {
      const size_t place = find_column(all, name, where);
      if (place != places.label) places.texts.push_back(place);
    }
    if (places.label && std::find(wanted.begin(), wanted.end(), all[*places.label]) == wanted.end()) places.label.reset();
    return places;
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (i != places.label) places.texts.push_back(i);
  }
  return places;
}

// The numbers in a label's cell: one, or a list of them.
std::vector<double> labels_of(const DatasetRow& row, size_t column, const std::string& name, bool expect_list) {
  const Json& cell = row.values[column];
  if (cell.is_array() != expect_list) {
    throw error(ErrorCode::kInput, "{}: field {}: {}, where the first row has {}", row.where, name, expect_list ? "no list" : "a list",
                expect_list ? "a list of labels" : "one label");
  }
  if (!expect_list) return {number_value(row, column, name)};
  std::vector<double> numbers;
  for (const Json& value : cell) {
    if (!value.is_number() && !value.is_boolean()) {
      throw error(ErrorCode::kInput, "{}: field {}: a list of labels holds numbers, found {}", row.where, name, value.type_name());
    }
    numbers.push_back(value.is_boolean() ? (value.get<bool>() ? 1.0 : 0.0) : value.get<double>());
  }
  return numbers;
}

// How many texts the cell held.
int64_t append_text(TextColumn& column, const DatasetRow& row, size_t place, const std::string& name) {
  if (auto* texts = std::get_if<std::vector<std::string>>(&column)) {
    texts->push_back(text_value(row, place, name));
    return 1;
  }
  if (!row.values[place].is_array()) {
    throw error(ErrorCode::kInput, "{}: field {}: a text, where the first row has a list of texts", row.where, name);
  }
  auto& lists = std::get<1>(column);
  lists.push_back(text_list(row, place, name));
  return static_cast<int64_t>(lists.back().size());
}

}  // namespace

TrainData TrainData::read(DatasetReader& reader, const TrainDataOptions& options, const Loss& loss, int num_labels) {
  const std::vector<std::string>& names = reader.columns();
  const Places places = find_places(names, options.columns, reader.name());
  TrainData data;
  DatasetRow row;
  while ((options.max_rows == 0 || data.rows_ < options.max_rows) && reader.next(row)) {
    if (data.rows_ == 0) {
      data.take_shape(row, places.texts, names);
      data.shape_.has_label = places.label.has_value();
      data.shape_.label_is_list = places.label && row.values[*places.label].is_array();
      loss.check(data.shape_, num_labels);
    }
    LossRow checked{.texts = {}, .labels = {}, .where = row.where};
    for (size_t i = 0; i < places.texts.size(); ++i) {
      checked.texts.push_back(append_text(data.columns_[i], row, places.texts[i], names[places.texts[i]]));
    }
    if (places.label) {
      checked.labels = labels_of(row, *places.label, names[*places.label], data.shape_.label_is_list);
      data.labels_.push_back(checked.labels);
    }
    loss.check_row(checked, num_labels);
    if (options.on_row) options.on_row(row);
    data.where_.push_back(row.where);
    ++data.rows_;
  }
  if (data.rows_ == 0) throw error(ErrorCode::kInput, "{}: no rows: there is nothing to train on", reader.name());
  return data;
}

void TrainData::take_shape(const DatasetRow& row, const std::vector<size_t>& places, const std::vector<std::string>& names) {
  shape_.where = row.where;
  for (const size_t place : places) {
    shape_.columns.push_back(names[place]);
    shape_.is_list.push_back(row.values[place].is_array());
    if (shape_.is_list.back()) {
      columns_.emplace_back(std::vector<std::vector<std::string>>());
    } else {
      columns_.emplace_back(std::vector<std::string>());
    }
  }
}

LossBatch TrainData::batch(std::span<const int64_t> indices) const {
  LossBatch batch;
  for (const TextColumn& column : columns_) {
    std::visit(
        [&](const auto& values) {
          std::remove_cvref_t<decltype(values)> taken;
          taken.reserve(indices.size());
          for (const int64_t index : indices) taken.push_back(values[static_cast<size_t>(index)]);
          batch.columns.emplace_back(std::move(taken));
        },
        column);
  }
  if (!labels_.empty()) {
    for (const int64_t index : indices) batch.labels.push_back(labels_[static_cast<size_t>(index)]);
  }
  return batch;
}

std::string TrainData::where(int64_t row) const { return where_[static_cast<size_t>(row)]; }

int64_t TrainData::text_bytes(int64_t row) const {
  size_t bytes = 0;
  for (const TextColumn& column : columns_) {
    if (const auto* texts = std::get_if<0>(&column)) {
      bytes += (*texts)[static_cast<size_t>(row)].size();
    } else {
      for (const std::string& text : std::get<1>(column)[static_cast<size_t>(row)]) bytes += text.size();
    }
  }
  return static_cast<int64_t>(bytes);
}

std::string TrainData::label(int64_t row) const {
  return labels_.empty() ? std::string() : fmt::format("{}", fmt::join(labels_[static_cast<size_t>(row)], ","));
}

std::vector<std::string> TrainData::texts(int64_t row) const {
  std::vector<std::string> all;
  for (const TextColumn& column : columns_) {
    if (const auto* texts = std::get_if<0>(&column)) {
      all.push_back((*texts)[static_cast<size_t>(row)]);
    } else {
      all.push_back(fmt::format("{}", fmt::join(std::get<1>(column)[static_cast<size_t>(row)], "\n")));
    }
  }
  return all;
}

}  // namespace crossrank
