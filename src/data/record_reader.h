// RecordReader: the records of a file of any format that users have, one at a time: a line, a JSON value, a row of fields.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/option_names.h"

namespace crossrank {

enum class InputFormat { kAuto, kText, kJsonl, kCsv, kTsv, kParquet };

inline constexpr Named<InputFormat> kInputFormatNames[] = {{"auto", InputFormat::kAuto},   {"txt", InputFormat::kText},
                                                           {"jsonl", InputFormat::kJsonl}, {"csv", InputFormat::kCsv},
                                                           {"tsv", InputFormat::kTsv},     {"parquet", InputFormat::kParquet}};
constexpr std::span<const Named<InputFormat>> option_names(InputFormat) { return kInputFormatNames; }

/// What is read, and how.
struct InputOptions {
  std::string file = "-";
  InputFormat format = InputFormat::kAuto;
  std::string query_field = {};  // of pairs alone
  std::string text_field = {};

  static constexpr void visit(auto& self, auto&& field) {
    field("input-format", self.format,
          "auto, txt, jsonl, csv, tsv, parquet; auto goes by the file's name, else by its first line: JSON or not");
    field("text-field", self.text_field, "field or column with the document (default: text; in pairs: document)");
  }
};

/// One record and where it stands.
struct Record {
  std::string where;  // "FILE:LINE", or "FILE:row N" in Parquet, from 1
  // A line; a JSON value; a row's fields; a Parquet row's cells in the order of keys(). UTF-8, repaired where it was not.
  std::variant<std::string, Json, std::vector<std::string>, std::vector<Json>> value;
};

/// Memory is bounded by the longest record. Not for several threads.
class RecordReader {
 public:
  /// Opens the file, plain or packed by gzip or zstd, and settles the format. Error(kIo); Error(kUnsupported) for Parquet in a build
  /// without it and for other ways of packing, with the way out.
  static std::unique_ptr<RecordReader> open(const InputOptions& options);
  virtual ~RecordReader() = default;

  /// The next record; false at the end. Error(kInput) names file and line; calling again goes on after the bad record.
  virtual bool next(Record& record) = 0;

  virtual InputFormat format() const = 0;
  /// The keys of the JSON object that was read last, in the order in which the file has them; of Parquet the columns, at any time.
  virtual std::vector<std::string> keys() const = 0;
  virtual const std::string& name() const = 0;
  /// Share of the file that was read, 0 to 1; negative where the size is not known.
  virtual double fraction_read() const = 0;
};

}  // namespace crossrank
