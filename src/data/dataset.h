// DatasetReader: the rows of a data set, one at a time, whatever holds them: JSON Lines, CSV, TSV (also .gz, .zst), Parquet,
// a folder of such files, or a data set of the Hub.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "data/record_reader.h"
#include "hub/hub.h"

namespace crossrank {

/// Which data set, and how to read it.
struct DatasetOptions {
  std::string path = {};          // a file, "-" for standard input, a folder, or a Hub id "org/name"
  std::string config = {};        // of a Hub data set or a folder in its layout; empty: "default", else the only one
  std::string split = "train";    // of a Hub data set or a folder in its layout; "train[:1000]", "train[90%:]" as the reference slices
  std::string revision = "main";  // of a Hub data set
  InputFormat format = InputFormat::kAuto;

  static constexpr void visit(auto& self, auto&& field) {
    field("data", self.path, "data set: a file (.jsonl, .csv, .tsv, .parquet; .gz, .zst), -, a folder, or a Hub id");
    field("config", self.config, "configuration (subset) of a Hub data set");
    field("split", self.split, "split of a Hub data set, also train[:1000] or train[90%:]");
    field("data-revision", self.revision, "branch, tag or commit of a Hub data set");
  }
};

/// A row: values in the order of columns(); null where the row lacks one. Strings are UTF-8, repaired where they were not.
struct DatasetRow {
  std::string where;  // "FILE:LINE", or "FILE:row N" in Parquet; N counts from 1
  std::vector<Json> values;
};

/// Memory is bounded by a batch of rows, not by the file. Not for several threads.
class DatasetReader {
 public:
  /// Opens the data set and settles its columns. Of the Hub only the files of the wanted split are fetched. Error(kIo, kInput, kHub,
  /// kUnsupported).
  static std::unique_ptr<DatasetReader> open(const DatasetOptions& options, const HubProgress& progress = {});
  virtual ~DatasetReader() = default;

  /// Names in the file's order: of JSON Lines those of the first row (a later row with another name is an error that names both),
  /// of CSV the header (its cells stay texts), of plain text "text".
  virtual const std::vector<std::string>& columns() const = 0;

  /// The next row; false at the end. Error(kInput) names file and row: no row, a name that the first row lacks, a value of another
  /// type than its column has had; calling again goes on after a bad line. Error(kIo) where the file is damaged.
  virtual bool next(DatasetRow& row) = 0;

  virtual const std::string& name() const = 0;
  /// Share of the data that was read, 0 to 1; negative where the size is not known.
  virtual double fraction_read() const = 0;

  /// The commit at which a data set of the Hub is read; empty of others.
  const std::string& commit() const { return commit_; }

 private:
  std::string commit_;
};

/// The place of a column; Error(kInput) that lists all columns and the nearest one where there is none of this name.
size_t find_column(const std::vector<std::string>& columns, std::string_view name, std::string_view where);

/// The text in a cell; Error(kInput) "WHERE: field NAME: ..." where it is none. `text_list`: a list of texts, or one text alone.
const std::string& text_value(const DatasetRow& row, size_t column, std::string_view name);
std::vector<std::string> text_list(const DatasetRow& row, size_t column, std::string_view name);

/// The number in a cell, also as text, as CSV has it, or true and false as 1 and 0; the same error. NaN and infinities are none.
double number_value(const DatasetRow& row, size_t column, std::string_view name);

}  // namespace crossrank
