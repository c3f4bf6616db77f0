// json_value: one cell of an Arrow array as JSON.
#pragma once

#ifdef CROSSRANK_PARQUET

#include <arrow/api.h>

#include "base/json.h"

namespace crossrank {

/// Arrow types nested deeper are refused.
inline constexpr int kMaxArrowDepth = 32;

/// Error(kUnsupported) "WHERE: ..." for a type that is nested too deep; every other one has a JSON form.
void require_depth(const arrow::DataType& type, const std::string& where, int depth = 0);

/// Null where the cell is. Error(kIo) where the array's parts do not fit together: a dictionary's index outside of it.
Json json_value(const arrow::Array& array, int64_t index);

}  // namespace crossrank

#endif
