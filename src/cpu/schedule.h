// schedule: how a packed batch is shared out between threads.
#pragma once

#include <vector>

#include "arch/spec.h"
#include "text/packed_batch.h"

namespace crossrank {

/// Which sequences run together, in the order in which they are handed out.
struct Schedule {
  std::vector<std::vector<int>> alone;   // one after the other, each on all threads
  std::vector<std::vector<int>> groups;  // one a thread, whichever is free
};

/// Groups of whole sequences, longest first, of about `group_tokens` tokens while much is left and less towards the end, so that threads
/// finish together. A sequence that would keep one thread busy after all others are done runs alone, on all threads.
Schedule make_schedule(const EncoderSpec& encoder, const PackedBatch& batch, int threads, int group_tokens);

/// Those sequences of a batch, as a batch of their own; `order` holds their places in `batch`.
PackedBatch select_sequences(const PackedBatch& batch, const std::vector<int>& sequences);

}  // namespace crossrank
