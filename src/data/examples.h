// Readers of what users rank, score and tokenize: documents, pairs, requests; from any format that RecordReader reads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/record_reader.h"

namespace crossrank {

/// A query and a document that own their text. Without a query: a text alone.
struct Example {
  std::optional<std::string> query;
  std::string document;
};

/// A query and the documents to rank for it.
struct RankRequest {
  Json id;  // as the request has it; null where it has none
  std::string query;
  std::vector<std::string> documents;
};

/// What a record must hold.
enum class ExampleKind {
  kDocument,  ///< a text: a line, a JSON string, {"text"}, a CSV column
  kPair,      ///< a query and a document: {"query","document"}, two CSV columns
  kEither,    ///< a pair where there are two texts, else a document
};

/// Examples of one kind, in the order of the file. Rows of CSV and TSV: the first one is a header when its cells hold the
/// fields' names (those of InputOptions, else "text", "document", "query"); without a header one column is a document, and two
/// are a query and its document. Columns of Parquet: by the same names, else by their number.
class ExampleReader {
 public:
  /// Error(kInput) when the format or the columns are not of this kind, Error(kIo, kUnsupported) as RecordReader::open.
  ExampleReader(const InputOptions& options, ExampleKind kind);

  /// The next example; false at the end. Error(kInput) "FILE:LINE: field NAME: ..." for a bad one; calling again goes on after it.
  bool next(Example& example);

  /// "FILE:LINE" of the example that was read last.
  const std::string& where() const { return where_; }
  const std::string& name() const { return records_->name(); }
  double fraction_read() const { return records_->fraction_read(); }

 private:
  using Row = std::vector<std::string>;

  Example to_example(Record& record) const;
  Example from_json(Json& value, const std::string& where) const;
  Example from_row(Row& row, const std::string& where) const;
  Example from_cells(std::vector<Json>& cells, const std::string& where) const;
  bool settle_columns(const Row& first, const std::string& where);

  std::unique_ptr<RecordReader> records_;
  ExampleKind kind_;
  std::string query_field_, text_field_;  // as the user named them; empty: the usual names
  std::string where_;
  std::optional<Record> first_;       // the first row of a CSV, where it is no header
  std::vector<std::string> columns_;  // of Parquet
  size_t width_ = 0;                  // columns of a CSV
  int query_column_ = -1, text_column_ = -1;
};

/// Requests {"query":..., "documents":[...], "id":...}, JSON Lines. Documents are strings or {"text":...}.
class RequestReader {
 public:
  explicit RequestReader(const InputOptions& options);

  /// The next request; false at the end. Error(kInput) names line and field; calling again goes on after the bad one.
  bool next(RankRequest& request);

  /// "FILE:LINE" of the request that was read last.
  const std::string& where() const { return where_; }
  const std::string& name() const { return records_->name(); }
  double fraction_read() const { return records_->fraction_read(); }

 private:
  std::unique_ptr<RecordReader> records_;
  std::string text_field_, where_;
};

}  // namespace crossrank
