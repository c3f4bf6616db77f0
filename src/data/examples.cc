#include "data/examples.h"

#include <algorithm>

#include "base/error.h"

namespace crossrank {
namespace {

constexpr std::string_view kText = "text";
constexpr std::string_view kQuery = "query";
constexpr std::string_view kDocument = "document";

std::string_view or_usual(const std::string& named, std::string_view usual) { return named.empty() ? usual : std::string_view(named); }

// A document of JSON data: a string, or an object with the text in a field.
std::string document_text(Json& value, const std::string& where, std::string_view field) {
  if (value.is_string()) return std::move(value.get_ref<std::string&>());
  if (!value.is_object())
    throw error(ErrorCode::kInput, "{}: expected a string or {{\"{}\": ...}}, found {}", where, field, value.type_name());
  return JsonObject(value, where, ErrorCode::kInput).string(field);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

// The column whose header is `name`, or, where the user named none, one of the usual names in any case; -1: there is none.
int find_column(const std::vector<std::string>& row, const std::string& name, std::initializer_list<std::string_view> usual) {
  for (size_t i = 0; i < row.size(); ++i) {
    const bool found = name.empty() ? std::find(usual.begin(), usual.end(), lower_case(row[i])) != usual.end() : row[i] == name;
    if (found) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

ExampleReader::ExampleReader(const InputOptions& options, ExampleKind kind)
    : records_(RecordReader::open(options)), kind_(kind), query_field_(options.query_field), text_field_(options.text_field) {
  const InputFormat format = records_->format();
  if (kind == ExampleKind::kPair && format == InputFormat::kText) {
    throw error(ErrorCode::kInput,
                "{}: plain text, where pairs are expected: JSON Lines {{\"query\": ..., \"document\": ...}}, or two columns with "
                "--input-format csv or tsv",
                records_->name());
  }
  if (format == InputFormat::kParquet) {
    columns_ = records_->keys();
    settle_columns(columns_, records_->name());
  }
  if (format != InputFormat::kCsv && format != InputFormat::kTsv) return;
  Record first;
  if (records_->next(first) && !settle_columns(std::get<Row>(first.value), first.where)) first_ = std::move(first);
}

bool ExampleReader::next(Example& example) {
  Record record;
  if (first_) {
    record = std::move(*first_);
    first_.reset();
  } else if (!records_->next(record)) {
    return false;
  }
  example = to_example(record);
  where_ = std::move(record.where);
  return true;
}

Example ExampleReader::to_example(Record& record) const {
  if (auto* json = std::get_if<Json>(&record.value)) return from_json(*json, record.where);
  if (auto* row = std::get_if<Row>(&record.value)) return from_row(*row, record.where);
  if (auto* cells = std::get_if<std::vector<Json>>(&record.value)) return from_cells(*cells, record.where);
  return {std::nullopt, std::move(std::get<std::string>(record.value))};
}

Example ExampleReader::from_json(Json& value, const std::string& where) const {
  const std::string_view query = or_usual(query_field_, kQuery);
  const bool pair = kind_ == ExampleKind::kPair || (kind_ == ExampleKind::kEither && value.is_object() && value.contains(query));
  if (!pair) return {std::nullopt, document_text(value, where, or_usual(text_field_, kText))};
  const JsonObject object(value, where, ErrorCode::kInput);
  return {object.string(query), object.string(or_usual(text_field_, kDocument))};
}

Example ExampleReader::from_row(Row& row, const std::string& where) const {
  if (row.size() != width_) throw error(ErrorCode::kInput, "{}: {} columns, where the first row has {}", where, row.size(), width_);
  Example example;
  if (query_column_ >= 0) example.query = std::move(row[static_cast<size_t>(query_column_)]);
  example.document = std::move(row[static_cast<size_t>(text_column_)]);
  return example;
}

Example ExampleReader::from_cells(std::vector<Json>& cells, const std::string& where) const {
  const auto text = [&](int column) {
    Json& cell = cells[static_cast<size_t>(column)];
    if (cell.is_string()) return std::move(cell.get_ref<std::string&>());
    throw error(ErrorCode::kInput, "{}: field {}: expected a string, found {}", where, columns_[static_cast<size_t>(column)],
                cell.type_name());
  };
  Example example;
  if (query_column_ >= 0) example.query = text(query_column_);
  example.document = text(text_column_);
  return example;
}

// Finds the columns by the first row; true when that is a header.
bool ExampleReader::settle_columns(const Row& first, const std::string& where) {
  width_ = first.size();
  const bool may_pair = kind_ != ExampleKind::kDocument;
  if (may_pair) query_column_ = find_column(first, query_field_, {"query", "question"});
  text_column_ = may_pair ? find_column(first, text_field_, {"document", "text", "passage", "answer"})
                          : find_column(first, text_field_, {"text", "document"});
  const auto require_named = [&](const std::string& name, int column) {
    if (name.empty() || column >= 0) return;
    throw error(ErrorCode::kInput, "{}: field {}: no such column; there are: {}", where, name, fmt::join(first, ", "));
  };
  if (may_pair) require_named(query_field_, query_column_);
  require_named(text_field_, text_column_);
  if (text_column_ >= 0 && (query_column_ >= 0 || kind_ != ExampleKind::kPair)) return true;

  const bool pair = kind_ == ExampleKind::kPair || (kind_ == ExampleKind::kEither && width_ == 2);
  if (width_ != (pair ? 2 : 1)) {
    throw error(ErrorCode::kInput, "{}: {} column{}, where {}", where, width_, width_ == 1 ? "" : "s",
                pair ? "two are expected, query and document; name two of several with --query-field and --text-field"
                     : "one is expected; name one of several with --text-field");
  }
  query_column_ = pair ? 0 : -1;
  text_column_ = pair ? 1 : 0;
  return false;
}

RequestReader::RequestReader(const InputOptions& options) : text_field_(options.text_field) {
  InputOptions as_jsonl = options;
  if (as_jsonl.format == InputFormat::kAuto) as_jsonl.format = InputFormat::kJsonl;
  if (as_jsonl.format != InputFormat::kJsonl) {
    throw error(ErrorCode::kUsage, "--input-format {}: requests are JSON Lines", option_name(as_jsonl.format));
  }
  records_ = RecordReader::open(as_jsonl);
}

bool RequestReader::next(RankRequest& request) {
  Record record;
  if (!records_->next(record)) return false;
  Json& value = std::get<Json>(record.value);
  const JsonObject object(value, record.where, ErrorCode::kInput);
  request.query = object.string("query");
  request.id = object.has("id") ? value["id"] : Json();
  object.array("documents");  // the right type, or the error that says so
  request.documents.clear();
  size_t index = 0;
  for (Json& document : value["documents"]) {
    request.documents.push_back(
        document_text(document, fmt::format("{}: field documents[{}]", record.where, index++), or_usual(text_field_, kText)));
  }
  where_ = std::move(record.where);
  return true;
}

}  // namespace crossrank
