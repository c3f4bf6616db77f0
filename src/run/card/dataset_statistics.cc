#include "run/card/dataset_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "run/card/code_points.h"
#include "run/card/python_text.h"

namespace crossrank {
namespace {

constexpr size_t kSampleCharacters = 1000;
constexpr size_t kSampleElements = 5;

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string type_of(const Json& value) {
  if (value.is_string()) return "string";
  if (value.is_boolean()) return "bool";
  if (value.is_number_float()) return "float";
  if (value.is_number()) return "int";
  return value.is_array() ? "list" : "dict";
}

bool holds_text(const Json& value) { return value.is_string() || (value.is_array() && !value.empty() && value.front().is_string()); }

std::string cut(const std::string& text) {
  const std::u32string points = code_points(text);
  if (points.size() <= kSampleCharacters) return text;
  std::string out;
  for (size_t i = 0; i < kSampleCharacters; ++i) append_utf8(points[i], out);
  return out + "...";
}

}  // namespace

TextLength length_in_characters() {
  return {"characters", [](std::string_view text) { return static_cast<int64_t>(num_code_points(text)); }};
}

std::string sample_text(const Json& value) {
  if (!value.is_array() || value.size() <= kSampleElements) return cut(python_str(value));
  const std::string first = python_str(Json(Json::array_t(value.begin(), value.begin() + kSampleElements)));
  return cut(first.substr(0, first.size() - 1) + ", ...]");
}

DatasetStatistics::DatasetStatistics(std::vector<std::string> columns, TextLength length, const std::vector<std::string>& number_columns)
    : length_(std::move(length)) {
  for (std::string& name : columns) {
    Column column;
    column.numbers_as_text = std::find(number_columns.begin(), number_columns.end(), name) != number_columns.end();
    column.name = std::move(name);
    columns_.push_back(std::move(column));
  }
}

void DatasetStatistics::Spread::add(double value) {
  least = count == 0 ? value : std::min(least, value);
  most = count == 0 ? value : std::max(most, value);
  sum += value;
  ++count;
}

void DatasetStatistics::add(const std::vector<Json>& values) {
  if (!wants_more()) return;
  for (size_t i = 0; i < columns_.size(); ++i) add(columns_[i], values.at(i));
  ++rows_;
  if (samples_.size() == kCardSamples) return;
  samples_.emplace_back();
  for (size_t i = 0; i < columns_.size(); ++i) samples_.back().push_back(sample_text(values[i]));
}

void DatasetStatistics::add(Column& column, const Json& value) const {
  if (value.is_null()) return;
  if (column.numbers_as_text && value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    if (const std::optional<double> number = number_in(text)) {
      const bool whole = text.find_first_not_of("+-0123456789") == std::string::npos;
      return add(column, whole ? Json(static_cast<int64_t>(*number)) : Json(*number));
    }
  }
  std::string type = type_of(value);
  if (column.type.empty()) column.type = type;
  // A column has one type, and the wider one where both came.
  if (column.type == "int" && type == "float") column.type = "float";
  if (column.type == "float" && type == "int") type = "float";
  if (type != column.type) return;
  column.is_text = column.is_text || holds_text(value);
  if (type == "string") {
    column.spread.add(static_cast<double>(length_.of(value.get_ref<const std::string&>())));
  } else if (type == "list") {
    column.spread.add(static_cast<double>(value.size()));
  } else if (type != "dict") {
    const double number = value.is_boolean() ? (value.get<bool>() ? 1 : 0) : value.get<double>();
    column.spread.add(number);
    const auto at = std::find_if(column.counts.begin(), column.counts.end(), [&](const auto& one) { return one.first == number; });
    if (at != column.counts.end()) ++at->second;
    else column.counts.emplace_back(number, 1);
  }
}

std::vector<std::pair<std::string, std::string>> DatasetStatistics::details(const Column& column, const std::string& unit) {
  const Spread& spread = column.spread;
  if (spread.count == 0) return {};
  const double mean = spread.sum / static_cast<double>(spread.count);
  if (column.type == "string") {
    return {{"min", fmt::format("{:.0f} {}", spread.least, unit)},
            {"mean", fmt::format("{} {}", python_rounded(mean, 2), unit)},
            {"max", fmt::format("{:.0f} {}", spread.most, unit)}};
  }
  if (column.type == "float") {
    return {{"min", python_rounded(spread.least, 2)}, {"mean", python_rounded(mean, 2)}, {"max", python_rounded(spread.most, 2)}};
  }
  if (column.type == "list") {
    if (spread.least == spread.most) return {{"size", fmt::format("{:.0f} elements", spread.least)}};
    return {{"min", fmt::format("{:.0f} elements", spread.least)},
            {"mean", fmt::format("{:.2f} elements", mean)},
            {"max", fmt::format("{:.0f} elements", spread.most)}};
  }
  std::vector<std::pair<double, int64_t>> counts = column.counts;
  std::sort(counts.begin(), counts.end());
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [number, count] : counts) {
    const double percent = 100 * static_cast<double>(count) / static_cast<double>(spread.count);
    out.emplace_back(column.type == "bool" ? (number == 0 ? "False" : "True") : fmt::format("{:.0f}", number),
                     fmt::format("{}{:.2f}%", counts.size() > 1 ? "~" : "", percent));
  }
  return out;
}

DatasetSummary DatasetStatistics::summary() const {
  DatasetSummary out;
  for (const Column& column : columns_) {
    out.columns.push_back({column.name, column.type.empty() ? "null" : column.type, column.is_text, details(column, length_.unit)});
  }
  out.rows = rows_;
  out.samples = samples_;
  return out;
}

}  // namespace crossrank
