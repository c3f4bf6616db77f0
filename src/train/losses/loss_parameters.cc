#include "train/losses/loss_parameters.h"

#include <cmath>

#include "base/error.h"
#include "base/nearest_name.h"

namespace crossrank {

LossParameters::LossParameters(std::string_view loss, const Json& given, std::span<const std::string_view> known)
    : loss_(loss), given_(&given) {
  if (given.is_null()) return;
  if (!given.is_object()) throw error(ErrorCode::kUsage, "{}: its parameters are {}, and must be a table", loss_, given.type_name());
  for (const auto& [name, value] : given.items()) {
    bool found = false;
    for (const std::string_view candidate : known) found = found || candidate == name;
    if (found) continue;
    if (known.empty()) throw error(ErrorCode::kUsage, "{} has no parameter \"{}\": it has none", loss_, name);
    throw error(ErrorCode::kUsage, "{} has no parameter \"{}\"; nearest: {}", loss_, name, nearest_name(name, known));
  }
}

const Json* LossParameters::find(std::string_view name) const {
  if (given_->is_null()) return nullptr;
  const auto it = given_->find(name);
  return it == given_->end() ? nullptr : &*it;
}

Json LossParameters::listed(std::string_view name, double fallback) const {
  const Json* value = find(name);
  return value == nullptr ? Json(fallback) : *value;
}

bool LossParameters::is_none(const Json& value) { return value.is_null() || value == "none" || value == "None"; }

double LossParameters::checked_number(std::string_view name, const Json& value, NumberRange range) const {
  if (!value.is_number()) refuse(name, fmt::format("expected a number, found {}", value.dump()));
  const auto number = value.get<double>();
  if (!std::isfinite(number)) refuse(name, fmt::format("{} is no finite number", number));
  if (number < range.low || number > range.high) {
    const bool open = range.high == NumberRange{}.high;
    refuse(name,
           open ? fmt::format("{} is below {}", number, range.low) : fmt::format("{} is outside {} to {}", number, range.low, range.high));
  }
  return number;
}

double LossParameters::number(std::string_view name, double fallback, NumberRange range) const {
  const Json* value = find(name);
  return value == nullptr ? fallback : checked_number(name, *value, range);
}

std::optional<double> LossParameters::optional_number(std::string_view name, NumberRange range) const {
  const Json* value = find(name);
  if (value == nullptr || is_none(*value)) return std::nullopt;
  return checked_number(name, *value, range);
}

std::optional<int64_t> LossParameters::optional_integer(std::string_view name, std::optional<int64_t> fallback, int64_t low) const {
  const Json* value = find(name);
  if (value == nullptr) return fallback;
  if (is_none(*value)) return std::nullopt;
  if (!value->is_number_integer()) refuse(name, fmt::format("expected a whole number or \"none\", found {}", value->dump()));
  const auto number = value->get<int64_t>();
  if (number < low) refuse(name, fmt::format("{} is below {}", number, low));
  return number;
}

bool LossParameters::boolean(std::string_view name, bool fallback) const {
  const Json* value = find(name);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) refuse(name, fmt::format("expected true or false, found {}", value->dump()));
  return value->get<bool>();
}

std::optional<std::vector<double>> LossParameters::optional_numbers(std::string_view name, NumberRange range) const {
  const Json* value = find(name);
  if (value == nullptr || is_none(*value)) return std::nullopt;
  if (!value->is_array()) refuse(name, fmt::format("expected a list of numbers, found {}", value->dump()));
  std::vector<double> numbers;
  for (const Json& one : *value) numbers.push_back(checked_number(name, one, range));
  return numbers;
}

size_t LossParameters::word(std::string_view name, std::span<const std::string_view> words, size_t fallback) const {
  const Json* value = find(name);
  if (value == nullptr) return fallback;
  if (!value->is_string()) refuse(name, fmt::format("expected one of {}, found {}", fmt::join(words, ", "), value->dump()));
  const auto word = value->get<std::string>();
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == word) return i;
  }
  refuse_word(name, word, words);
}

LossParameters LossParameters::inner(std::string_view name, const Json& value, std::span<const std::string_view> known) const {
  return {fmt::format("{}: parameter {}", loss_, name), value, known};
}

void LossParameters::refuse(std::string_view name, std::string_view problem) const {
  throw error(ErrorCode::kUsage, "{}: parameter {}: {}", loss_, name, problem);
}

void LossParameters::refuse_word(std::string_view name, const std::string& word, std::span<const std::string_view> words) const {
  refuse(name, fmt::format("\"{}\" is none of {}; nearest: {}", word, fmt::join(words, ", "), nearest_name(word, words)));
}

}  // namespace crossrank
