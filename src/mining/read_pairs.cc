#include "mining/read_pairs.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"

namespace crossrank {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";

// A text that something can be found for.
const std::string& full_text(const DatasetRow& row, size_t column, const std::string& name) {
  const std::string& text = text_value(row, column, name);
  if (text.find_first_not_of(kWhiteSpace) == std::string::npos) {
    throw error(ErrorCode::kInput, "{}: field {}: an empty text is like no other; remove the row, or fill it in", row.where, name);
  }
  return text;
}

// Calls take(row) for every row, and counts those that it took.
int64_t each_row(DatasetReader& data, const OnBadRow& on_bad_row, const std::function<void(const DatasetRow&)>& take) {
  DatasetRow row;
  int64_t taken = 0;
  while (true) {
    try {
      if (!data.next(row)) return taken;
      take(row);
      ++taken;
    } catch (const Error& problem) {
      if (!on_bad_row || problem.code() != ErrorCode::kInput) throw;
      on_bad_row(problem);
    }
  }
}

size_t corpus_column(const DatasetReader& data, const std::string& field, const PairColumns& pair_columns) {
  const std::vector<std::string>& columns = data.columns();
  if (!field.empty()) return find_column(columns, field, data.name());
  for (const std::string_view name : {std::string_view(pair_columns.positive), std::string_view("text")}) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found != columns.end()) return static_cast<size_t>(found - columns.begin());
  }
  if (columns.size() == 1) return 0;
  throw error(ErrorCode::kInput, "{}: none of its columns ({}) is named {} or text; name the one with the texts by --corpus-field",
              data.name(), fmt::join(columns, ", "), pair_columns.positive);
}

}  // namespace

PairColumns pair_columns(const DatasetReader& data, const MiningOptions& options) {
  const std::vector<std::string>& columns = data.columns();
  if (columns.size() < 2) {
    throw error(ErrorCode::kInput, "{}: mining needs a column with queries and one with their answers, and there is {}; add the other",
                data.name(), columns.empty() ? "none" : "only " + columns.front());
  }
  const auto name_of = [&](const std::string& name, size_t place) {
    return name.empty() ? columns[place] : columns[find_column(columns, name, data.name())];
  };
  const PairColumns names = {name_of(options.anchor_column, 0), name_of(options.positive_column, 1)};
  if (names.anchor == names.positive) {
    throw error(ErrorCode::kUsage,
                "column {} would be queries and answers; name the other one too, by --anchor-column-name or --positive-column-name",
                names.anchor);
  }
  return names;
}

void read_pairs(DatasetReader& data, const PairColumns& columns, const OnBadRow& on_bad_row, MiningPairs& pairs) {
  const size_t anchor = find_column(data.columns(), columns.anchor, data.name());
  const size_t positive = find_column(data.columns(), columns.positive, data.name());
  const int64_t rows = each_row(data, on_bad_row, [&](const DatasetRow& row) {
    const std::string& query = full_text(row, anchor, columns.anchor);
    pairs.add_pair(query, full_text(row, positive, columns.positive), {row.where, columns.anchor}, {row.where, columns.positive});
  });
  if (rows == 0) throw error(ErrorCode::kInput, "{}: empty: there is no pair to mine for", data.name());
}

void read_corpus(DatasetReader& data, const std::string& field, const PairColumns& pair_columns, const OnBadRow& on_bad_row,
                 MiningPairs& pairs) {
  const size_t column = corpus_column(data, field, pair_columns);
  const std::string name = data.columns()[column];
  const int64_t rows = each_row(data, on_bad_row, [&](const DatasetRow& row) {
    pairs.add_document(full_text(row, column, name), {row.where, name});
  });
  if (rows == 0) throw error(ErrorCode::kInput, "{}: empty: there is no text to choose negatives from", data.name());
}

}  // namespace crossrank
