#include "cpu/token_products.h"

#include <algorithm>

#include "model/forward.h"

namespace crossrank {
namespace {

// Distinct tokens for each of the batch's, up to which copies of rows cost less than their products.
constexpr double kMostDistinct = 2.0 / 3;
constexpr int32_t kUnseen = -1;

}  // namespace

CpuTensor TokenProducts::rows(const CpuOps& ops, const PackedBatch& part) const {
  std::vector<int32_t> places(part.ids.size());
  std::transform(part.ids.begin(), part.ids.end(), places.begin(), [&](int32_t id) { return row_of[static_cast<size_t>(id)]; });
  return ops.gather(qkv, places);
}

std::optional<TokenProducts> make_token_products(const CpuOps& ops, const EncoderSpec& encoder, const ModelWeights<CpuOps>& weights,
                                                 const PackedBatch& batch) {
  if (!first_layer_reads_ids_alone(weights)) return std::nullopt;
  TokenProducts products;
  products.row_of.assign(static_cast<size_t>(*std::max_element(batch.ids.begin(), batch.ids.end())) + 1, kUnseen);
  PackedBatch distinct;
  for (const int32_t id : batch.ids) {
    int32_t& row = products.row_of[static_cast<size_t>(id)];
    if (row != kUnseen) continue;
    row = distinct.tokens();
    distinct.ids.push_back(id);
  }
  if (distinct.tokens() > kMostDistinct * batch.tokens()) return std::nullopt;
  distinct.cu_seqlens = {0, distinct.tokens()};
  distinct.order = {0};
  products.qkv = queries_keys_values(ops, encoder.layers.front(), weights.layers.front(), embed(ops, encoder, weights, distinct));
  return products;
}

}  // namespace crossrank
