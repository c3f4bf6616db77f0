// LossParameters: typed access to what a recipe gives to a loss; every error names the loss and the parameter.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace crossrank {

/// Numbers that a parameter may take.
struct NumberRange {
  double low = std::numeric_limits<double>::lowest();
  double high = std::numeric_limits<double>::max();
};

/// A view: the Json must outlive it.
class LossParameters {
 public:
  /// Error(kUsage) where `given` is no object, or has a name that is not among `known`.
  LossParameters(std::string_view loss, const Json& given, std::span<const std::string_view> known);

  /// The value; nullptr where it was not given.
  const Json* find(std::string_view name) const;
  /// The value as it was given, or the number of the reference: how the model card lists it.
  Json listed(std::string_view name, double fallback) const;
  /// Null, or the word "none", which stands for it in TOML.
  static bool is_none(const Json& value);

  double number(std::string_view name, double fallback, NumberRange range = {}) const;
  std::optional<double> optional_number(std::string_view name, NumberRange range = {}) const;
  std::optional<int64_t> optional_integer(std::string_view name, std::optional<int64_t> fallback, int64_t low) const;
  bool boolean(std::string_view name, bool fallback) const;
  /// A list of numbers, or nothing.
  std::optional<std::vector<double>> optional_numbers(std::string_view name, NumberRange range) const;
  /// One of `words`, as a position.
  size_t word(std::string_view name, std::span<const std::string_view> words, size_t fallback) const;

  /// The parameter `name` ("weighting_scheme") as an object with its own parameters.
  LossParameters inner(std::string_view name, const Json& value, std::span<const std::string_view> known) const;

  /// Throws Error(kUsage): "ListNetLoss: parameter mini_batch_size: PROBLEM".
  [[noreturn]] void refuse(std::string_view name, std::string_view problem) const;
  /// refuse() for a word that is none of `words`, with the nearest one.
  [[noreturn]] void refuse_word(std::string_view name, const std::string& word, std::span<const std::string_view> words) const;

 private:
  double checked_number(std::string_view name, const Json& value, NumberRange range) const;

  std::string loss_;
  const Json* given_;
};

}  // namespace crossrank
