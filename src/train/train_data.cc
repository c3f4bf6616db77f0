#include "train/train_data.h"

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
std::vector<double> labels_of(const DatasetRow& row, size_t column, const std::string& name) {
  const Json& cell = row.values[column];
  if (!cell.is_array()) return {number_value(row, column, name)};
  std::vector<double> numbers;
  for (const Json& value : cell) {
    if (!value.is_number() && !value.is_boolean()) {
      throw error(ErrorCode::kInput, "{}: field {}: a list of labels holds numbers, found {}", row.where, name, value.type_name());
    }
    numbers.push_back(value.is_boolean() ? (value.get<bool>() ? 1.0 : 0.0) : value.get<double>());
  }
  return numbers;
}

void append_text(TextColumn& column, const DatasetRow& row, size_t place, const std::string& name) {
  if (auto* texts = std::get_if<std::vector<std::string>>(&column)) {
    texts->push_back(text_value(row, place, name));
    return;
  }
  if (!row.values[place].is_array()) {
    throw error(ErrorCode::kInput, "{}: field {}: a text, where earlier rows have lists of texts", row.where, name);
  }
  std::get<1>(column).push_back(text_list(row, place, name));
}

}  // namespace

TrainData TrainData::read(DatasetReader& reader, const std::vector<std::string>& columns, const Loss& loss, int num_labels,
                          const Progress& progress) {
  const std::vector<std::string>& names = reader.columns();
  const Places places = find_places(names, columns, reader.name());
  TrainData data;
  DatasetRow row;
  while (reader.next(row)) {
    if (data.rows_ == 0) {
      data.shape_.where = row.where;
      data.shape_.has_label = places.label.has_value();
      data.shape_.label_is_list = places.label && row.values[*places.label].is_array();
      for (const size_t place : places.texts) {
        data.shape_.columns.push_back(names[place]);
        const bool is_list = row.values[place].is_array();
        data.shape_.is_list.push_back(is_list);
        if (is_list) {
          data.columns_.emplace_back(std::vector<std::vector<std::string>>());
        } else {
          data.columns_.emplace_back(std::vector<std::string>());
        }
      }
      loss.check(data.shape_, num_labels);
    }
    for (size_t i = 0; i < places.texts.size(); ++i) append_text(data.columns_[i], row, places.texts[i], names[places.texts[i]]);
    if (places.label) {
      data.labels_.push_back(labels_of(row, *places.label, names[*places.label]));
      if (data.labels_.back().size() != 1 && !data.shape_.label_is_list) {
        throw error(ErrorCode::kInput, "{}: field {}: a list, where earlier rows have one label", row.where, names[*places.label]);
      }
      loss.check_labels(data.labels_.back(), num_labels, fmt::format("{}: field {}", row.where, names[*places.label]));
      for (size_t i = 0; i < places.texts.size(); ++i) {
        const auto* lists = std::get_if<1>(&data.columns_[i]);
        if (data.shape_.label_is_list && lists != nullptr && lists->back().size() != data.labels_.back().size()) {
          throw error(ErrorCode::kInput, "{}: {} texts in field {} and {} labels; each text needs its own", row.where, lists->back().size(),
                      names[places.texts[i]], data.labels_.back().size());
        }
      }
    }
    data.where_.push_back(row.where);
    ++data.rows_;
    if (progress && data.rows_ % 1024 == 0) progress(data.rows_, 0);
  }
  if (data.rows_ == 0) throw error(ErrorCode::kInput, "{}: no rows: there is nothing to train on", reader.name());
  return data;
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

std::vector<double> TrainData::first_labels() const {
  std::vector<double> first;
  for (const std::vector<double>& labels : labels_) first.push_back(labels.empty() ? 0 : labels.front());
  return first;
}

}  // namespace crossrank
