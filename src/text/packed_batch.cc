#include "text/packed_batch.h"

#include <algorithm>
#include <numeric>

namespace crossrank {
namespace {

void append(const Encoding& encoding, int32_t index, PackedBatch& batch) {
  batch.ids.insert(batch.ids.end(), encoding.ids.begin(), encoding.ids.end());
  batch.type_ids.insert(batch.type_ids.end(), encoding.type_ids.begin(), encoding.type_ids.end());
  for (int32_t position = 0; position < encoding.length(); ++position) batch.position_ids.push_back(position);
  batch.cu_seqlens.push_back(batch.tokens());
  batch.order.push_back(index);
  batch.max_seqlen = std::max(batch.max_seqlen, encoding.length());
}

}  // namespace

std::vector<PackedBatch> pack(std::span<const Encoding> encodings, int max_tokens) {
  std::vector<int32_t> order(encodings.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return encodings[static_cast<size_t>(a)].length() > encodings[static_cast<size_t>(b)].length();
  });
  std::vector<PackedBatch> batches;
  for (const int32_t index : order) {
    const Encoding& encoding = encodings[static_cast<size_t>(index)];
    if (batches.empty() || batches.back().tokens() + int64_t{encoding.length()} > max_tokens) {
      batches.emplace_back().cu_seqlens.push_back(0);
    }
    append(encoding, index, batches.back());
  }
  return batches;
}

std::vector<int32_t> positions_past_padding(const PackedBatch& batch, int32_t padding_id) {
  std::vector<int32_t> positions(batch.ids.size(), padding_id);
  for (int s = 0; s < batch.sequences(); ++s) {
    int32_t next = padding_id + 1;
    for (auto t = static_cast<size_t>(batch.cu_seqlens[s]); t < static_cast<size_t>(batch.cu_seqlens[s + 1]); ++t) {
      if (batch.ids[t] != padding_id) positions[t] = next++;
    }
  }
  return positions;
}

}  // namespace crossrank
