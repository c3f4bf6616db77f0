#include "text/models/bpe_word.h"

#include <algorithm>

namespace crossrank {

void BpeWord::merge(const MergeTable& merges) {
  constexpr size_t kShort = 48;  // where a heap begins to pay
  if (symbols_.size() < 2) return;
  if (symbols_.size() <= kShort) {
    merge_short(merges);
  } else {
    merge_long(merges);
  }
}

void BpeWord::merge_short(const MergeTable& merges) {
  pairs_.clear();
  for (size_t i = 0; i + 1 < symbols_.size(); ++i) pairs_.push_back(merges.find(symbols_[i], symbols_[i + 1]));
  while (!pairs_.empty()) {
    const auto best = std::min_element(pairs_.begin(), pairs_.end(), [](const Merge& a, const Merge& b) { return a.rank < b.rank; });
    if (best->rank == Merge::kNoRank) return;
    const auto at = best - pairs_.begin();
    symbols_[static_cast<size_t>(at)] = best->id;
    symbols_.erase(symbols_.begin() + at + 1);
    pairs_.erase(best);
    const auto i = static_cast<size_t>(at);
    if (i > 0) pairs_[i - 1] = merges.find(symbols_[i - 1], symbols_[i]);
    if (i < pairs_.size()) pairs_[i] = merges.find(symbols_[i], symbols_[i + 1]);
  }
}

namespace {

// Orders a max-heap so that the lowest rank, and of equal ranks the leftmost, is on top.
constexpr auto kLater = [](const auto& a, const auto& b) { return a.rank != b.rank ? a.rank > b.rank : a.position > b.position; };

}  // namespace

void BpeWord::push_candidate(const MergeTable& merges, int32_t left, int32_t right) {
  if (left < 0 || right < 0) return;
  const Merge merge = merges.find(nodes_[static_cast<size_t>(left)].symbol, nodes_[static_cast<size_t>(right)].symbol);
  if (merge.rank == Merge::kNoRank) return;
  candidates_.push_back({merge.rank, left, merge.id});
  std::push_heap(candidates_.begin(), candidates_.end(), kLater);
}

void BpeWord::merge_long(const MergeTable& merges) {
  const auto count = static_cast<int32_t>(symbols_.size());
  nodes_.clear();
  candidates_.clear();
  for (int32_t i = 0; i < count; ++i) nodes_.push_back({symbols_[static_cast<size_t>(i)], i - 1, i + 1 < count ? i + 1 : -1, false});
  for (int32_t i = 0; i + 1 < count; ++i) push_candidate(merges, i, i + 1);
  while (!candidates_.empty()) {
    std::pop_heap(candidates_.begin(), candidates_.end(), kLater);
    const Candidate top = candidates_.back();
    candidates_.pop_back();
    Node& node = nodes_[static_cast<size_t>(top.position)];
    if (node.removed || node.next < 0) continue;
    Node& right = nodes_[static_cast<size_t>(node.next)];
    if (merges.find(node.symbol, right.symbol).id != top.id) continue;  // the pair has changed since it was noted
    node.symbol = top.id;
    node.next = right.next;
    right.removed = true;
    if (node.next >= 0) nodes_[static_cast<size_t>(node.next)].previous = top.position;
    push_candidate(merges, node.previous, top.position);
    push_candidate(merges, top.position, node.next);
  }
  symbols_.clear();
  for (int32_t i = 0; i >= 0; i = nodes_[static_cast<size_t>(i)].next) symbols_.push_back(nodes_[static_cast<size_t>(i)].symbol);
}

}  // namespace crossrank
