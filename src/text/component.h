// What the registries of normalizers, pre-tokenizers, models and post-processors share: finding the maker of a type.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace crossrank {

/// A component's maker, by the `type` that tokenizer.json gives it.
template <typename Component, typename Make = Component (*)(const JsonObject& config)>
struct Maker {
  std::string_view type;
  Make make;
};

/// The maker of config's `type`. Error(kUnsupported) names a type that has none.
template <typename Makers>
const auto& find_maker(const JsonObject& config, const Makers& makers, std::string_view kind) {
  const std::string type = config.string("type");
  std::string known;
  for (const auto& maker : makers) {
    if (maker.type == type) return maker;
    known += known.empty() ? "" : ", ";
    known += maker.type;
  }
  throw error(ErrorCode::kUnsupported, "{}: {} of type \"{}\" is not supported; supported are {}", config.where(), kind, type, known);
}

/// Calls the maker of config's `type`. Error(kUnsupported) names a type that has none.
template <typename Component>
Component make_component(const JsonObject& config, std::span<const Maker<Component>> makers, std::string_view kind) {
  return find_maker(config, makers, kind).make(config);
}

/// The objects in list `name` of a Sequence, each knowing where it stands ("tokenizer.json: normalizer: normalizers[2]").
inline std::vector<JsonObject> sequence_items(const JsonObject& config, std::string_view name) {
  std::vector<JsonObject> items;
  for (const Json& item : config.array(name)) {
    items.emplace_back(item, fmt::format("{}: {}[{}]", config.where(), name, items.size()), config.code());
  }
  return items;
}

}  // namespace crossrank
