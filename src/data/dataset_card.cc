#include "data/dataset_card.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "data/split_spec.h"

namespace crossrank {
namespace {

constexpr std::string_view kFence = "---";
constexpr std::string_view kUnnamedSplit = "train";  // of files that are given without a split

std::string_view next_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What stands between a first line "---" and the next one.
std::optional<std::string> yaml_head(std::string_view readme) {
  if (next_line(readme) != kFence) return std::nullopt;
  std::string head;
  while (!readme.empty()) {
    const std::string_view line = next_line(readme);
    if (line == kFence) return head;
    head.append(line).push_back('\n');
  }
  return std::nullopt;
}

[[nodiscard]] Error bad_data_files(std::string_view where) {
  return error(ErrorCode::kInput, "{}: field data_files: expected a path, a list of paths, or a list of {{split, path}}", where);
}

std::string scalar(const YAML::Node& node, std::string_view where) {
  if (!node.IsScalar()) throw bad_data_files(where);
  return node.Scalar();
}

std::vector<std::string> paths(const YAML::Node& node, std::string_view where) {
  if (!node.IsSequence()) return {scalar(node, where)};
  std::vector<std::string> all;
  for (const YAML::Node& path : node) all.push_back(scalar(path, where));
  return all;
}

void add_split(std::vector<CardSplit>& splits, const std::string& split, std::vector<std::string> patterns, std::string_view where) {
  const bool known = std::any_of(splits.begin(), splits.end(), [&](const CardSplit& other) { return other.split == split; });
  if (known) throw error(ErrorCode::kInput, "{}: field data_files: split {} is given twice", where, split);
  if (!is_split_name(split)) {
    throw error(ErrorCode::kInput, "{}: field data_files: {} is no name for a split: letters, digits, _ and single dots", where, split);
  }
  splits.push_back({split, std::move(patterns)});
}

std::vector<CardSplit> data_files(const YAML::Node& node, std::string_view where) {
  std::vector<CardSplit> splits;
  if (node.IsMap()) {
    for (const auto& entry : node) add_split(splits, scalar(entry.first, where), paths(entry.second, where), where);
    return splits;
  }
  const bool named = node.IsSequence() && std::any_of(node.begin(), node.end(), [](const YAML::Node& item) { return item.IsMap(); });
  if (!named) return {{std::string(kUnnamedSplit), paths(node, where)}};
  for (const YAML::Node& item : node) {
    if (!item.IsMap() || !item["split"] || !item["path"]) throw bad_data_files(where);
    add_split(splits, scalar(item["split"], where), paths(item["path"], where), where);
  }
  return splits;
}

CardConfig parse_config(const YAML::Node& node, std::string_view card) {
  if (!node.IsMap() || !node["config_name"] || !node["config_name"].IsScalar()) {
    throw error(ErrorCode::kInput, "{}: field configs: each needs a config_name", card);
  }
  CardConfig config;
  config.name = node["config_name"].Scalar();
  const std::string where = fmt::format("{}: config {}", card, config.name);
  if (const YAML::Node folder = node["data_dir"]; folder && !folder.IsNull()) config.data_dir = scalar(folder, where);
  if (const YAML::Node flag = node["default"]) config.is_default = flag.as<bool>(false);
  if (const YAML::Node files = node["data_files"]; files && !files.IsNull()) config.splits = data_files(files, where);
  return config;
}

}  // namespace

std::vector<CardConfig> parse_card_configs(std::string_view readme, std::string_view where) {
  const std::optional<std::string> head = yaml_head(readme);
  std::vector<CardConfig> configs;
  if (!head) return configs;
  try {
    const YAML::Node root = YAML::Load(*head);
    if (!root.IsMap() || !root["configs"] || root["configs"].IsNull()) return configs;
    if (!root["configs"].IsSequence()) throw error(ErrorCode::kInput, "{}: field configs: expected a list", where);
    for (const YAML::Node& config : root["configs"]) configs.push_back(parse_config(config, where));
  } catch (const YAML::Exception& problem) {
    // The head begins on the file's second line; marks count from 0.
    throw error(ErrorCode::kInput, "{}:{}: its head is no YAML: {}", where, problem.mark.line + 2, problem.msg);
  }
  return configs;
}

}  // namespace crossrank
