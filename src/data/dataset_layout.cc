#include "data/dataset_layout.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/nearest_name.h"
#include "data/byte_source.h"
#include "data/dataset_card.h"
#include "data/glob.h"

namespace crossrank {
namespace {

using Files = std::vector<std::string>;

// Where several formats lie together, the first of the most frequent ones is taken.
constexpr std::string_view kDataExtensions[] = {".parquet", ".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".txt"};
constexpr std::string_view kNoData[] = {"README.md",          "config.json",       "dataset_info.json",
                                        "dataset_infos.json", "dataset_dict.json", "dummy_data.zip"};

struct SplitWords {
  std::string_view split;
  std::array<std::string_view, 4> words;  // empty ones end the list
};
constexpr SplitWords kSplitWords[] = {{"train", {"train", "training"}},
                                      {"validation", {"validation", "valid", "dev", "val"}},
                                      {"test", {"test", "testing", "eval", "evaluation"}}};
constexpr std::string_view kSeparators = "[-._ 0-9]";

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view extension_of(std::string_view path) {
  const std::string_view name = unpacked_name(path);
  for (const std::string_view extension : kDataExtensions) {
    if (name.ends_with(extension)) return extension;
  }
  return {};
}

// Parts of the path that a pattern must name to mean them: ".hidden" anywhere, "__special__" folders.
int parts_to_name(std::string_view path) {
  int count = 0;
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    const bool dots_alone = part.find_first_not_of('.') == std::string_view::npos;
    if ((part.starts_with('.') && !dots_alone) || (part.starts_with("__") && slash != std::string_view::npos)) ++count;
    if (slash == std::string_view::npos) return count;
    path.remove_prefix(slash + 1);
  }
}

// The files below `folder` ("" or "a/b/") that fit a pattern relative to it, sorted as they came.
Files files_that_fit(std::span<const std::string> files, std::string_view folder, std::string_view pattern) {
  Files found;
  if (pattern.starts_with("./")) pattern.remove_prefix(2);
  for (const std::string& file : files) {
    if (!file.starts_with(folder)) continue;
    const std::string_view path = std::string_view(file).substr(folder.size());
    const std::string_view name = file_name(path);
    const bool no_data = std::find(std::begin(kNoData), std::end(kNoData), name) != std::end(kNoData);
    if ((no_data && name != file_name(pattern)) || extension_of(path).empty()) continue;
    if (parts_to_name(path) == parts_to_name(pattern) && glob_match(pattern, path)) found.push_back(file);
  }
  return found;
}

Files files_that_fit_any(std::span<const std::string> files, std::string_view folder, std::span<const std::string> patterns) {
  Files found;
  std::set<std::string> seen;
  for (const std::string& pattern : patterns) {
    for (std::string& file : files_that_fit(files, folder, pattern)) {
      if (seen.insert(file).second) found.push_back(std::move(file));
    }
  }
  return found;
}

// Files of the most frequent format alone, so that a license in plain text is no row.
Files of_one_format(Files files) {
  std::map<std::string_view, int> counts;
  for (const std::string& file : files) ++counts[extension_of(file)];
  std::string_view best;
  for (const std::string_view extension : kDataExtensions) {
    if (counts.contains(extension) && (best.empty() || counts[extension] > counts[best])) best = extension;
  }
  std::erase_if(files, [&](const std::string& file) { return extension_of(file) != best; });
  return files;
}

size_t usual_place(std::string_view split) {
  const auto* found =
      std::find_if(std::begin(kSplitWords), std::end(kSplitWords), [&](const SplitWords& words) { return words.split == split; });
  return static_cast<size_t>(found - std::begin(kSplitWords));
}

// data/SPLIT-00000-of-00001.parquet
std::vector<SplitFiles> sharded_splits(std::span<const std::string> files, std::string_view folder) {
  constexpr std::string_view kShard = "-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*.*";
  constexpr size_t kShardBytes = std::string_view("-00000-of-00000").size();
  std::map<std::string, Files> by_split;
  for (const std::string& file : files_that_fit(files, folder, fmt::format("data/*{}", kShard))) {
    const std::string_view name = file_name(file);
    for (size_t end = name.size() - kShardBytes; end > 0; --end) {  // the last place where the shard's number begins
      if (!glob_match(kShard, name.substr(end))) continue;
      by_split[std::string(name.substr(0, end))].push_back(file);
      break;
    }
  }
  std::vector<SplitFiles> splits;
  for (auto& [split, its_files] : by_split) splits.push_back({split, std::move(its_files)});
  std::stable_sort(splits.begin(), splits.end(),
                   [](const SplitFiles& a, const SplitFiles& b) { return usual_place(a.split) < usual_place(b.split); });
  return splits;
}

std::vector<SplitFiles> splits_by_words(std::span<const std::string> files, std::string_view folder, bool in_folder_names) {
  std::vector<SplitFiles> splits;
  for (const SplitWords& words : kSplitWords) {
    std::vector<std::string> patterns;
    for (const std::string_view word : words.words) {
      if (word.empty()) break;
      if (in_folder_names) {
        for (const char* form : {"**/{0}/**", "**/{0}{1}/**", "**/*{2}{0}/**", "**/*{2}{0}{1}/**"}) {
          patterns.push_back(fmt::format(fmt::runtime(form), word, fmt::format("{}*", kSeparators), kSeparators));
        }
      } else {
        patterns.push_back(fmt::format("**/{}{}*", word, kSeparators));
        patterns.push_back(fmt::format("**/*{}{}{}*", kSeparators, word, kSeparators));
      }
    }
    Files found = files_that_fit_any(files, folder, patterns);
    if (!found.empty()) splits.push_back({std::string(words.split), std::move(found)});
  }
  return splits;
}

std::vector<SplitFiles> splits_by_names(std::span<const std::string> files, std::string_view folder) {
  std::vector<SplitFiles> splits = sharded_splits(files, folder);
  if (splits.empty()) splits = splits_by_words(files, folder, true);
  if (splits.empty()) splits = splits_by_words(files, folder, false);
  if (splits.empty()) {
    Files all = files_that_fit(files, folder, "**");
    if (!all.empty()) splits.push_back({"train", std::move(all)});
  }
  return splits;
}

std::vector<SplitFiles> splits_by_card(std::span<const std::string> files, const CardConfig& config, const std::string& name) {
  std::string folder = config.data_dir;
  while (folder.ends_with('/')) folder.pop_back();
  if (folder.starts_with("./")) folder.erase(0, 2);
  if (!folder.empty()) folder.push_back('/');
  if (config.splits.empty()) return splits_by_names(files, folder);
  std::vector<SplitFiles> splits;
  for (const CardSplit& split : config.splits) {
    for (const std::string& pattern : split.patterns) {
      const bool is_file = pattern.find_first_of("*?[") == std::string::npos;
      if (!is_file || !files_that_fit(files, folder, pattern).empty()) continue;
      throw error(ErrorCode::kInput, "{}: config {}: its card names the file {}{}, which is not there", name, config.name, folder, pattern);
    }
    Files found = files_that_fit_any(files, folder, split.patterns);
    if (!found.empty()) splits.push_back({split.split, std::move(found)});
  }
  return splits;
}

[[nodiscard]] Error no_config(const std::string& name, std::string_view config, std::span<const CardConfig> configs) {
  std::vector<std::string_view> names;
  for (const CardConfig& known : configs) names.push_back(known.name);
  if (config.empty()) return error(ErrorCode::kInput, "{}: choose a configuration with --config: {}", name, fmt::join(names, ", "));
  if (names.empty())
    return error(ErrorCode::kInput, "{}: no configuration {}: its card names none, and no folder is called so", name, config);
  return error(ErrorCode::kInput, "{}: no configuration {}; there are: {}; nearest: {}", name, config, fmt::join(names, ", "),
               nearest_name(config, names));
}

// The configuration of that name; without one the only one, or the one that is the default.
const CardConfig* find_config(std::span<const CardConfig> configs, std::string_view config) {
  for (const CardConfig& known : configs) {
    const bool chosen = config.empty() ? configs.size() == 1 || known.name == "default" || known.is_default : known.name == config;
    if (chosen) return &known;
  }
  return nullptr;
}

}  // namespace

std::vector<SplitFiles> resolve_layout(std::span<const std::string> files, std::string_view readme, std::string_view config,
                                       const std::string& name) {
  const std::vector<CardConfig> configs = parse_card_configs(readme, name + "/README.md");
  std::vector<SplitFiles> splits;
  if (const CardConfig* known = find_config(configs, config)) {
    splits = splits_by_card(files, *known, name);
  } else if (!configs.empty() && config.empty()) {
    throw no_config(name, config, configs);
  } else if (configs.empty() && (config.empty() || config == "default")) {
    splits = splits_by_names(files, "");
  } else {
    splits = splits_by_names(files, fmt::format("{}/", config));
    if (splits.empty()) throw no_config(name, config, configs);
  }
  for (SplitFiles& split : splits) split.files = of_one_format(std::move(split.files));
  if (splits.empty()) throw error(ErrorCode::kInput, "{}: no data in it: no file ends in {}", name, fmt::join(kDataExtensions, ", "));
  return splits;
}

const std::vector<std::string>& find_split(std::span<const SplitFiles> splits, std::string_view split, const std::string& name) {
  std::vector<std::string_view> names;
  for (const SplitFiles& known : splits) {
    if (known.split == split) return known.files;
    names.push_back(known.split);
  }
  throw error(ErrorCode::kInput, "{}: no split {}; there are: {}; nearest: {}", name, split, fmt::join(names, ", "),
              nearest_name(split, names));
}

}  // namespace crossrank
