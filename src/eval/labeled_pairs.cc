#include "eval/labeled_pairs.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "data/columns.h"

namespace crossrank {
namespace {

struct Columns {
  size_t first, second, label;
};

size_t label_column(const DatasetReader& reader, const LabeledPairFields& fields) {
  if (!fields.label.empty()) return find_column(reader.columns(), fields.label, reader.name());
  if (const auto label = column_roles(reader.columns()).label) return *label;
  throw error(ErrorCode::kInput,
              "{}: none of the columns {} is called label, labels, score or scores; name the one with the label with --label-field",
              reader.name(), fmt::join(reader.columns(), ", "));
}

// A text column: the named one, else the one of the default name, else the `place`-th of the two that are left.
size_t text_column(const DatasetReader& reader, const std::string& named, const std::string& fallback, const std::vector<size_t>& inputs,
                   size_t place) {
  const std::vector<std::string>& columns = reader.columns();
  if (!named.empty()) return find_column(columns, named, reader.name());
  if (std::count(columns.begin(), columns.end(), fallback) > 0) return find_column(columns, fallback, reader.name());
  if (inputs.size() == 2) return inputs[place];
  throw error(ErrorCode::kInput, "{}: which of the columns {} hold the two texts? name them with --text1-field and --text2-field",
              reader.name(), fmt::join(columns, ", "));
}

Columns columns_of(const DatasetReader& reader, const LabeledPairFields& fields) {
  const size_t label = label_column(reader, fields);
  std::vector<size_t> inputs = column_roles(reader.columns()).inputs;
  inputs.erase(std::remove(inputs.begin(), inputs.end(), label), inputs.end());
  return {text_column(reader, fields.first, "sentence1", inputs, 0), text_column(reader, fields.second, "sentence2", inputs, 1), label};
}

std::optional<double> number_in(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

double label_of(const DatasetRow& row, size_t column, const std::string& name) {
  const Json& value = row.values[column];
  const std::optional<double> number = number_in(value);
  if (number && std::isfinite(*number)) return *number;
  throw error(ErrorCode::kInput, "{}: field {}: expected a number, found {}; give every row its label as a number", row.where, name,
              value.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 40));
}

}  // namespace

std::vector<LabeledPair> read_labeled_pairs(DatasetReader& reader, const LabeledPairFields& fields) {
  const Columns columns = columns_of(reader, fields);
  const auto name = [&](size_t column) -> const std::string& { return reader.columns()[column]; };
  std::vector<LabeledPair> pairs;
  DatasetRow row;
  while (reader.next(row)) {
    pairs.push_back({row.where, text_value(row, columns.first, name(columns.first)), text_value(row, columns.second, name(columns.second)),
                     label_of(row, columns.label, name(columns.label))});
  }
  if (pairs.empty()) throw error(ErrorCode::kInput, "{}: no rows: there is nothing to evaluate", reader.name());
  return pairs;
}

std::vector<TextPair> text_pairs(const std::vector<LabeledPair>& pairs) {
  std::vector<TextPair> out;
  out.reserve(pairs.size());
  for (const LabeledPair& pair : pairs) out.push_back({pair.first, pair.second});
  return out;
}

}  // namespace crossrank
