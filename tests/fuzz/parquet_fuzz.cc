// Parquet: any bytes are rows with a cell for each column, or an Error that names the file; reading always ends.
#include <vector>

#include "crossrank/error.h"
#include "data/parquet_reader.h"
#include "fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossrank;
  const MemoryFile file(data, size);
  try {
    const auto reader = ParquetReader::open(file.path());
    std::vector<Json> cells;
    // A few bytes may say that one value stands a billion times, so not every row is taken.
    for (int rows = 0; rows < 10'000 && reader->next(cells); ++rows) require(cells.size() == reader->columns().size());
  } catch (const Error& error) {
    require(std::string_view(error.what()).find(file.path()) != std::string_view::npos || error.code() == ErrorCode::kUnsupported);
  }
  return 0;
}
