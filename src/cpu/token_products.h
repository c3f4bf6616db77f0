// TokenProducts: queries, keys and values of the first layer, formed once for each distinct token of a batch.
#pragma once

#include <optional>
#include <vector>

#include "arch/spec.h"
#include "cpu/cpu_ops.h"
#include "text/packed_batch.h"

namespace crossrank {

/// Where the first layer reads token ids alone, its rows of a token that comes again are the ones that are there: on English passages that
/// is most of what the layer's widest product would do.
struct TokenProducts {
  std::vector<int32_t> row_of;  // [largest id of the batch + 1]: rows of qkv; of other ids anything
  CpuTensor qkv;                // [distinct tokens, 3 * hidden]

  /// Those of each token of a part of the batch: [tokens, 3 * hidden], bit for bit what the layer would have formed.
  CpuTensor rows(const CpuOps& ops, const PackedBatch& part) const;
};

/// Nothing where a position or a segment is read too, or where too few tokens come again to be worth a copy.
std::optional<TokenProducts> make_token_products(const CpuOps& ops, const EncoderSpec& encoder, const ModelWeights<CpuOps>& weights,
                                                 const PackedBatch& batch);

}  // namespace crossrank
