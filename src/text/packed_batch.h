// PackedBatch: sequences of different lengths side by side, without padding.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/encoding.h"

namespace crossrank {

/// `sequences` sequences of `tokens` tokens in all. Sequence s holds the tokens [cu_seqlens[s], cu_seqlens[s + 1]).
struct PackedBatch {
  std::vector<int32_t> ids;           // [tokens]
  std::vector<int32_t> type_ids;      // [tokens]
  std::vector<int32_t> position_ids;  // [tokens]: 0, 1, ... from the start of each sequence
  std::vector<int32_t> cu_seqlens;    // [sequences + 1]: cumulative lengths, the first 0
  std::vector<int32_t> order;         // [sequences]: each one's index in what was packed
  int32_t max_seqlen = 0;

  int tokens() const { return static_cast<int>(ids.size()); }
  int sequences() const { return static_cast<int>(order.size()); }
  int length(int sequence) const { return cu_seqlens[sequence + 1] - cu_seqlens[sequence]; }
};

/// Packs encodings longest first into batches of at most `max_tokens` tokens; one that is longer runs alone. Longest first: the
/// largest buffers are needed at once, so that a memory limit fails on the first batch and not on the last. Empty encodings
/// cannot be: a sequence has at least one token.
std::vector<PackedBatch> pack(std::span<const Encoding> encodings, int max_tokens);

/// RoBERTa's positions [tokens]: in each sequence the first token gets padding_id + 1 and each one after it one more. Tokens that are the
/// padding themselves (a text may hold it) get padding_id and are not counted.
std::vector<int32_t> positions_past_padding(const PackedBatch& batch, int32_t padding_id);

}  // namespace crossrank
