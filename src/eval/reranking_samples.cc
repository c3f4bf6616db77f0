// The rows of a data set as reranking samples.
#include <algorithm>

#include "base/error.h"
#include "eval/reranking.h"

namespace crossrank {
namespace {

// The place of a column that may be absent.
std::optional<size_t> optional_column(const std::vector<std::string>& columns, const std::string& name) {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<size_t>(found - columns.begin());
}

bool holds(const DatasetRow& row, std::optional<size_t> column) { return column && !row.values[*column].is_null(); }

}  // namespace

std::vector<RerankingSample> read_reranking_samples(DatasetReader& reader, const RerankingFields& fields) {
  const std::vector<std::string>& columns = reader.columns();
  const size_t query = find_column(columns, fields.query, reader.name());
  const size_t positive = find_column(columns, fields.positive, reader.name());
  const std::optional<size_t> negative = optional_column(columns, fields.negative);
  const std::optional<size_t> documents = optional_column(columns, fields.documents);
  if (!negative && !documents) {
    throw error(ErrorCode::kInput, "{}: neither a column {} nor a column {} among {}; name one with --negative-field or --documents-field",
                reader.name(), fields.negative, fields.documents, fmt::join(columns, ", "));
  }
  std::vector<RerankingSample> samples;
  DatasetRow row;
  while (reader.next(row)) {
    RerankingSample sample{row.where, text_value(row, query, fields.query), text_list(row, positive, fields.positive), {}};
    if (holds(row, negative) == holds(row, documents)) {
      throw error(ErrorCode::kInput, "{}: {} of the fields {} and {}; give exactly one of them", row.where,
                  holds(row, negative) ? "both" : "neither", fields.negative, fields.documents);
    }
    if (holds(row, documents)) {
      sample.documents = text_list(row, *documents, fields.documents);
      if (sample.documents->empty()) {
        throw error(ErrorCode::kInput, "{}: field {}: an empty list; give at least one document, or leave the row out", row.where,
                    fields.documents);
      }
    } else {
      sample.negative = text_list(row, *negative, fields.negative);
    }
    samples.push_back(std::move(sample));
  }
  if (samples.empty()) throw error(ErrorCode::kInput, "{}: no rows: there is nothing to evaluate", reader.name());
  return samples;
}

}  // namespace crossrank
