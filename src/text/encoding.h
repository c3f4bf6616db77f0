// What goes into and comes out of tokenizing: a pair of texts, its ids.
#pragma once

#include <cstdint>
#include <vector>

#include "crossrank/text_pair.h"

namespace crossrank {

/// One sequence for the encoder, special tokens included.
struct Encoding {
  std::vector<int32_t> ids;       // [length]
  std::vector<int32_t> type_ids;  // [length]: the segment of each token, as the post-processor gives it
  int truncated = 0;              // content tokens that were cut to fit

  int length() const { return static_cast<int>(ids.size()); }
};

}  // namespace crossrank
