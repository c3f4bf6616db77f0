// What a build without Apache Arrow says about Parquet.
#ifndef CROSSRANK_PARQUET

#include "base/error.h"
#include "data/parquet_reader.h"
#include "data/parquet_writer.h"

namespace crossrank {
namespace {

[[nodiscard]] Error no_parquet(const std::string& path) {
  return error(ErrorCode::kUnsupported,
               "{}: this crossrank was built without Parquet; run tools/install_arrow and build it again, or use JSON Lines", path);
}

}  // namespace

bool has_parquet() { return false; }
std::unique_ptr<ParquetReader> ParquetReader::open(const std::string& path) { throw no_parquet(path); }
std::unique_ptr<RowWriter> open_parquet_writer(const std::string& path, std::vector<std::string>) { throw no_parquet(path); }

}  // namespace crossrank

#endif
