#include "data/columns.h"

#include <algorithm>

namespace crossrank {
namespace {

constexpr std::string_view kDatasetName = "dataset_name";  // which of several data sets a row is from; never an input

}  // namespace

ColumnRoles column_roles(std::span<const std::string> columns) {
  ColumnRoles roles;
  for (const std::string_view name : kLabelColumns) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found == columns.end()) continue;
    roles.label = static_cast<size_t>(found - columns.begin());
    break;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i != roles.label && columns[i] != kDatasetName) roles.inputs.push_back(i);
  }
  return roles;
}

}  // namespace crossrank
