// RowWriter: rows to a file that appears whole: JSON Lines, or Parquet where the name ends so.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"

namespace crossrank {

/// Rows of named columns. Types of Parquet columns are settled by the values: text, 64-bit integer, double, bool, or a list of one of them.
class RowWriter {
 public:
  /// "" and "-": JSON Lines to standard output, written as rows come. Error(kIo); kUnsupported for Parquet in a build without it.
  static std::unique_ptr<RowWriter> open(const std::string& path, std::vector<std::string> columns);
  virtual ~RowWriter() = default;

  /// One value a column. Error(kInput) where a value's type differs from its column's.
  virtual void write(std::span<const Json> values) = 0;

  /// Puts the file in its place; without it nothing appears. Call once, last.
  virtual void finish() = 0;
};

}  // namespace crossrank
