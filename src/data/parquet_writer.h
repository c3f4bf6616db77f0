// open_parquet_writer: a RowWriter to a Parquet file, through Apache Arrow.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/row_writer.h"

namespace crossrank {

/// As RowWriter::open. Pages are packed by zstd. Types are settled by the first row group, which whole numbers and fractions share as
/// doubles; a column without a value in it is text. Memory is bounded by a row group.
std::unique_ptr<RowWriter> open_parquet_writer(const std::string& path, std::vector<std::string> columns);

}  // namespace crossrank
