#include "cpu/schedule.h"

#include <algorithm>
#include <numeric>

#include "arch/multiplications.h"

namespace crossrank {
namespace {

// Groups that a thread should still have before it when sizes begin to shrink.
constexpr int kGroupsLeft = 2;
constexpr int kSmallestGroupTokens = 64;
// A shorter sequence is done before the threads have shared it.
constexpr int kShortestAlone = 128;

}  // namespace

Schedule make_schedule(const EncoderSpec& encoder, const PackedBatch& batch, int threads, int group_tokens) {
  std::vector<int> sequences(static_cast<size_t>(batch.sequences()));
  std::iota(sequences.begin(), sequences.end(), 0);
  std::stable_sort(sequences.begin(), sequences.end(), [&](int a, int b) { return batch.length(a) > batch.length(b); });
  double cost_left = 0;
  int tokens_left = batch.tokens();
  const auto cost_of = [&](int length) { return multiplications(encoder, {}, length); };  // a head's is nothing beside it
  for (const int s : sequences) cost_left += cost_of(batch.length(s));

  Schedule schedule;
  size_t next = 0;
  if (threads > 1) {
    for (; next < sequences.size(); ++next) {
      const int length = batch.length(sequences[next]);
      const double cost = cost_of(length);
      if (length < kShortestAlone || cost * threads <= cost_left * 1.1) break;
      schedule.alone.push_back({sequences[next]});
      cost_left -= cost;
      tokens_left -= length;
    }
  }
  while (next < sequences.size()) {
    const int fair = threads > 1 ? tokens_left / (threads * kGroupsLeft) : group_tokens;
    const int target = std::clamp(fair, std::min(kSmallestGroupTokens, group_tokens), group_tokens);
    std::vector<int>& group = schedule.groups.emplace_back();
    int tokens = 0;
    while (next < sequences.size()) {
      const int length = batch.length(sequences[next]);
      // Whichever comes nearer to the target: with this sequence or without.
      if (!group.empty() && tokens + length - target > target - tokens) break;
      group.push_back(sequences[next++]);
      tokens += length;
    }
    tokens_left -= tokens;
  }
  return schedule;
}

PackedBatch select_sequences(const PackedBatch& batch, const std::vector<int>& sequences) {
  PackedBatch selected;
  selected.cu_seqlens.push_back(0);
  for (const int s : sequences) {
    const int begin = batch.cu_seqlens[static_cast<size_t>(s)];
    const int end = batch.cu_seqlens[static_cast<size_t>(s) + 1];
    const auto append = [&](const std::vector<int32_t>& from, std::vector<int32_t>& to) {
      to.insert(to.end(), from.begin() + begin, from.begin() + end);
    };
    append(batch.ids, selected.ids);
    append(batch.type_ids, selected.type_ids);
    append(batch.position_ids, selected.position_ids);
    selected.cu_seqlens.push_back(selected.cu_seqlens.back() + end - begin);
    selected.order.push_back(s);
    selected.max_seqlen = std::max(selected.max_seqlen, end - begin);
  }
  return selected;
}

}  // namespace crossrank
