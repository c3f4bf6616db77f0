// The words of the enumerations in options.h, declared once: flags, help, recipes and messages take them from here.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/nearest_name.h"
#include "crossrank/options.h"

namespace crossrank {

template <typename Enum>
struct Named {
  std::string_view name;
  Enum value;
};

inline constexpr Named<Truncation> kTruncationNames[] = {
    {"longest_first", Truncation::kLongestFirst}, {"document", Truncation::kDocument}, {"none", Truncation::kNone}};
inline constexpr Named<ActivationFunction> kActivationNames[] = {{"default", ActivationFunction::kDefault},
                                                                 {"identity", ActivationFunction::kIdentity},
                                                                 {"sigmoid", ActivationFunction::kSigmoid},
                                                                 {"softmax", ActivationFunction::kSoftmax}};
inline constexpr Named<Precision> kPrecisionNames[] = {
    {"auto", Precision::kAuto}, {"fp32", Precision::kFp32}, {"bf16", Precision::kBf16}, {"int8", Precision::kInt8}};

// Found by argument type, so that generic code can ask for the names of any option's enumeration.
constexpr std::span<const Named<Truncation>> option_names(Truncation) { return kTruncationNames; }
constexpr std::span<const Named<ActivationFunction>> option_names(ActivationFunction) { return kActivationNames; }
constexpr std::span<const Named<Precision>> option_names(Precision) { return kPrecisionNames; }

template <typename Enum>
std::string_view option_name(Enum value) {
  for (const auto& named : option_names(value)) {
    if (named.value == value) return named.name;
  }
  return "?";
}

/// The value that `word` names; Error(kUsage) with all names and the nearest one where it names none. `option` begins the message.
template <typename Enum>
Enum parse_option_name(std::string_view option, std::string_view word) {
  std::vector<std::string_view> names;
  for (const auto& named : option_names(Enum{})) {
    if (named.name == word) return named.value;
    names.push_back(named.name);
  }
  throw error(ErrorCode::kUsage, "{}: \"{}\" is none of {}; nearest: {}", option, word, fmt::join(names, ", "), nearest_name(word, names));
}

}  // namespace crossrank
