#include "run/card/log_table.h"

#include <algorithm>

#include "eval/results_file.h"
#include "run/card/markdown.h"
#include "run/card/python_text.h"

namespace crossrank {
namespace {

// Where a column stands; equals stay in the order in which they came.
int place(const std::string& name) {
  if (name == "Training Loss") return 0;
  if (name == "Validation Loss") return 1;
  return name.size() >= 4 && name.compare(name.size() - 4, 4, "loss") == 0 ? 2 : 3;
}

std::vector<std::string> column_names(const std::vector<CardLogRow>& rows) {
  std::vector<std::string> names;
  for (const CardLogRow& row : rows) {
    for (const Metric& value : row.values) {
      if (std::find(names.begin(), names.end(), value.name) == names.end()) names.push_back(value.name);
    }
  }
  std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) { return place(a) < place(b); });
  return names;
}

// The reference rounds numbers of the bold row, so that a zero at their end goes, and prints the others with four digits.
std::string number_text(double value, bool bold) { return bold ? python_rounded(value, 4) : table_number(value); }

std::string value_text(const CardLogRow& row, const std::string& name, bool bold) {
  const auto value = std::find_if(row.values.begin(), row.values.end(), [&](const Metric& one) { return one.name == name; });
  if (value == row.values.end()) return "-";
  return value->base ? metric_text(*value) : number_text(value->value, bold);
}

}  // namespace

std::string log_table(const std::vector<CardLogRow>& rows, std::optional<int64_t> saved_step) {
  const std::vector<std::string> names = column_names(rows);
  std::vector<std::vector<std::string>> table = {{"Epoch", "Step"}};
  for (const std::string& name : names) table[0].push_back(markdown_text(name));
  for (const CardLogRow& row : rows) {
    const bool bold = saved_step && row.step == *saved_step;
    std::vector<std::string> cells = {row.epoch == -1 ? python_epoch(row.epoch) : number_text(row.epoch, bold), std::to_string(row.step)};
    for (const std::string& name : names) cells.push_back(value_text(row, name, bold));
    if (bold) {
      for (std::string& cell : cells) cell = "**" + cell + "**";
    }
    table.push_back(std::move(cells));
  }
  return markdown_table(table, Align::kCentre);
}

bool log_has_step(const std::vector<CardLogRow>& rows, std::optional<int64_t> step) {
  return step && std::any_of(rows.begin(), rows.end(), [&](const CardLogRow& row) { return row.step == *step; });
}

}  // namespace crossrank
