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
    field("input-format", self.format, "auto, txt, jsonl, csv, tsv; auto goes by the file's name, else by its first line: JSON or not");
    field("text-field", self.text_field, "field or column with the document (default: text; in pairs: document)");
  }
};

/// One record and where it stands.
struct Record {
  std::string where;                                                // "FILE:LINE"
  std::variant<std::string, Json, std::vector<std::string>> value;  // a line, a JSON value, a row; UTF-8, repaired where it was not
};

/// Memory is bounded by the longest record. Not for several threads.
class RecordReader {
 public:
  /// Opens the file and settles the format. Error(kIo), or Error(kUnsupported) for Parquet and compressed files, with the way out.
  static std::unique_ptr<RecordReader> open(const InputOptions& options);
  virtual ~RecordReader() = default;

  /// The next record; false at the end. Error(kInput) names file and line; calling again goes on after the bad record.
  virtual bool next(Record& record) = 0;

  virtual InputFormat format() const = 0;
  virtual const std::string& name() const = 0;
  /// Share of the file that was read, 0 to 1; negative where the size is not known.
  virtual double fraction_read() const = 0;
};

}  // namespace crossrank
