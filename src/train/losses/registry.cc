// make_loss: losses by name.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/nearest_name.h"
#include "train/losses/losses.h"

namespace crossrank {
namespace {

constexpr std::array kLosses = {&kBinaryCrossEntropy,
                                &kCrossEntropy,
                                &kMse,
                                &kMarginMse,
                                &kMultipleNegativesRanking,
                                &kCachedMultipleNegativesRanking,
                                &kLambda,
                                &kListNet,
                                &kListMle,
                                &kPListMle,
                                &kRankNet,
                                &kAdrMse};

const LossEntry& entry_of(std::string_view name) {
  constexpr std::string_view kSuffix = "_loss";  // "mse_loss" is "mse"
  const std::string_view plain = name.ends_with(kSuffix) ? name.substr(0, name.size() - kSuffix.size()) : name;
  std::vector<std::string_view> names;
  for (const LossEntry* entry : kLosses) {
    if (name == entry->name || plain == entry->recipe_name) return *entry;
    names.push_back(entry->recipe_name);
    names.push_back(entry->name);
  }
  throw error(ErrorCode::kUsage, "loss \"{}\" is unknown; nearest: {}; the losses are {}", name, nearest_name(name, names),
              fmt::join(loss_recipe_names(), ", "));
}

}  // namespace

std::unique_ptr<Loss> make_loss(std::string_view name, const Json& parameters) {
  const LossEntry& entry = entry_of(name);
  return entry.make(LossParameters(entry.name, parameters, entry.parameters));
}

std::span<const std::string_view> loss_recipe_names() {
  static const auto names = [] {
    std::array<std::string_view, kLosses.size()> all;
    std::transform(kLosses.begin(), kLosses.end(), all.begin(), [](const LossEntry* entry) { return entry->recipe_name; });
    return all;
  }();
  return names;
}

std::vector<std::string_view> loss_parameter_names() {
  std::vector<std::string_view> names;
  for (const LossEntry* entry : kLosses) {
    for (const std::string_view name : entry->parameters) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

}  // namespace crossrank
