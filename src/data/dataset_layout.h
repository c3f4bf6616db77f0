// Which files of a repository or folder hold which configuration and split, as the reference's `datasets` finds them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

struct SplitFiles {
  std::string split;
  std::vector<std::string> files;  // in the order in which they are read; at least one
};

/// Splits of a configuration, train, validation and test first. `files` are all of a repository, "folder/file", sorted; `readme` is the
/// text of its README.md, empty where it has none; `config` is empty for the default one. By what the card says; without it by names:
/// data/SPLIT-00000-of-00001.*, then folders named after splits, then files so named, then all files as "train". A configuration that
/// the card does not know is a folder of that name. Error(kInput) beginning with `name` lists the configurations where none fits.
std::vector<SplitFiles> resolve_layout(std::span<const std::string> files, std::string_view readme, std::string_view config,
                                       const std::string& name);

/// The files of one split; Error(kInput) that lists all splits and the nearest one.
const std::vector<std::string>& find_split(std::span<const SplitFiles> splits, std::string_view split, const std::string& name);

}  // namespace crossrank
