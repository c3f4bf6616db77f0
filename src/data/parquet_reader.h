// ParquetReader: the rows of a Parquet file as JSON values, through Apache Arrow, which parquet_*.cc and arrow_*.cc alone see.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"

namespace crossrank {

/// Whether this build reads and writes Parquet: whether Apache Arrow was there.
bool has_parquet();

/// Row groups are read a batch of rows at a time. Texts, numbers, bools, lists and structs become their JSON; a date or a
/// time its text; bytes a text, repaired. Not for several threads.
class ParquetReader {
 public:
  /// Error(kIo) for what cannot be opened (standard input too: the footer is at the end) and for a damaged footer;
  /// Error(kUnsupported) in a build without Arrow.
  static std::unique_ptr<ParquetReader> open(const std::string& path);
  virtual ~ParquetReader() = default;

  virtual const std::vector<std::string>& columns() const = 0;
  virtual int64_t num_rows() const = 0;

  /// The cells of the next row, in the order of columns(); false at the end. Error(kIo) names file and row group where a page is
  /// damaged; reading cannot go on after it.
  virtual bool next(std::vector<Json>& cells) = 0;
  /// The row that was read last, from 1.
  virtual int64_t row() const = 0;

  virtual const std::string& name() const = 0;
};

}  // namespace crossrank
