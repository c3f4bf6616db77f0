// DatasetCard: what the head of a data set's README.md says about its configurations and their files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// The files of one split, as patterns.
struct CardSplit {
  std::string split;
  std::vector<std::string> patterns;
};

struct CardConfig {
  std::string name;
  std::string data_dir;           // where its files lie; empty: anywhere
  bool is_default = false;        // it says so itself
  std::vector<CardSplit> splits;  // empty: by the usual names of files and folders
};

/// The `configs` of a card's YAML head, in its order; none where there is no head or it names none. Error(kInput) "WHERE: ..." for a
/// head that is no YAML or has another form, a split that is given twice and a name that no split can have.
std::vector<CardConfig> parse_card_configs(std::string_view readme, std::string_view where);

}  // namespace crossrank
