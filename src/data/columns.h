// Which columns of a data set are inputs and which one is the label, as the reference's trainer tells them apart.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// Names that a label column may have, the first one found wins, whatever the order of the columns.
inline constexpr std::string_view kLabelColumns[] = {"label", "labels", "score", "scores"};

/// Places of columns. A loss or an evaluator takes the inputs by their order, never by their names.
struct ColumnRoles {
  std::vector<size_t> inputs;  // every column but the label and "dataset_name", in the file's order
  std::optional<size_t> label;
};

ColumnRoles column_roles(std::span<const std::string> columns);

}  // namespace crossrank
