// read_value: one value of a recipe from JSON, whether a file or a flag gave it; errors begin with its place.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/nearest_name.h"
#include "base/python_number.h"
#include "train/recipe.h"

namespace crossrank {

[[nodiscard]] inline Error bad_value(const std::string& place, const std::string& problem) {
  return error(ErrorCode::kUsage, "{}: {}", place, problem);
}

inline std::string shown(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

inline std::string range_text(const ValueLimits& limits, bool whole) {
  const std::string kind = whole ? "a whole number" : "a number";
  const bool low = limits.low > std::numeric_limits<double>::lowest(), high = limits.high < std::numeric_limits<double>::max();
  if (low && high) return fmt::format("{} from {} to {}", kind, limits.low, limits.high);
  return low ? fmt::format("{} from {} on", kind, limits.low) : kind;
}

// An evaluator's flag as a key: "at-k" is at_k; the data set's keys are those of [train_dataset].
inline std::string evaluator_key(std::string_view flag) {
  if (flag == "data") return "path";
  if (flag == "data-revision") return "revision";
  std::string key(flag);
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

inline void read_value(std::string& value, const Json& json, const std::string& place, const ValueLimits& limits) {
  if (!json.is_string()) throw bad_value(place, fmt::format("{} is no text; write it in quotes", shown(json)));
  value = json.get<std::string>();
  if (limits.words.empty()) return;
  for (const std::string_view word : limits.words) {
    if (word == value) return;
  }
  throw bad_value(
      place, fmt::format("\"{}\" is none of {}; nearest: {}", value, fmt::join(limits.words, ", "), nearest_name(value, limits.words)));
}

inline void read_value(std::vector<std::string>& value, const Json& json, const std::string& place, const ValueLimits&) {
  value.clear();
  for (const Json& item : json.is_array() ? json : Json::array({json})) {
    if (!item.is_string()) throw bad_value(place, fmt::format("{} is no list of texts", shown(json)));
    value.push_back(item.get<std::string>());
  }
}

inline void read_value(bool& value, const Json& json, const std::string& place, const ValueLimits&) {
  if (!json.is_boolean()) throw bad_value(place, fmt::format("{} is neither true nor false", shown(json)));
  value = json.get<bool>();
}

template <std::integral Integer>
void read_value(Integer& value, const Json& json, const std::string& place, const ValueLimits& limits) {
  const bool fits = json.is_number_integer() && std::in_range<Integer>(json.get<int64_t>()) &&
                    static_cast<double>(json.get<int64_t>()) >= limits.low && static_cast<double>(json.get<int64_t>()) <= limits.high;
  if (!fits) throw bad_value(place, fmt::format("{} is not {}", shown(json), range_text(limits, true)));
  value = static_cast<Integer>(json.get<int64_t>());
}

inline void read_value(double& value, const Json& json, const std::string& place, const ValueLimits& limits) {
  const double number = json.is_number() ? json.get<double>() : std::nan("");
  if (!(number >= limits.low && number <= limits.high)) {
    throw bad_value(place, fmt::format("{} is not {}", json.is_number() ? python_number(number) : shown(json), range_text(limits, false)));
  }
  value = number;
}

inline void read_value(Json& value, const Json& json, const std::string& place, const ValueLimits&) {
  if (!json.is_object()) throw bad_value(place, fmt::format("{} is no table", shown(json)));
  value = json;
}

inline void read_value(TextOrBool& value, const Json& json, const std::string& place, const ValueLimits&) {
  if (json.is_boolean()) {
    value.text = json.get<bool>() ? "true" : "false";
  } else if (json.is_string()) {
    value.text = json.get<std::string>();
  } else {
    throw bad_value(place, fmt::format("{} is neither true, false nor a text", shown(json)));
  }
}

template <typename T>
void read_value(std::optional<T>& value, const Json& json, const std::string& place, const ValueLimits& limits) {
  read_value(value.emplace(), json, place, limits);
}

// The same values as JSON; null where left open.
inline Json value_json(const TextOrBool& value) { return value.text; }
template <typename T>
Json value_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
template <typename T>
Json value_json(const T& value) {
  return value;
}

// What a flag takes.
inline std::string_view value_kind(const std::string&) { return "TEXT"; }
inline std::string_view value_kind(const std::vector<std::string>&) { return "TEXT,.."; }
inline std::string_view value_kind(const TextOrBool&) { return "true|FOLDER"; }
inline std::string_view value_kind(const Json&) { return "{..}"; }
inline std::string_view value_kind(bool) { return "true|false"; }
template <std::integral Integer>
std::string_view value_kind(Integer) {
  return "N";
}
inline std::string_view value_kind(double) { return "X"; }
template <typename T>
std::string_view value_kind(const std::optional<T>&) {
  return value_kind(T{});
}

}  // namespace crossrank
