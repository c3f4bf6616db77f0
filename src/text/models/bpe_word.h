// BpeWord: the symbols of one word, merged pair by pair.
#pragma once

#include <cstdint>
#include <vector>

#include "text/models/merge_table.h"

namespace crossrank {

/// Working memory of one call; not shared.
class BpeWord {
 public:
  void clear() { symbols_.clear(); }
  void add(int32_t symbol) { symbols_.push_back(symbol); }

  /// Merges the lowest rank first and the leftmost of equal ranks, until no pair merges. A short word is scanned for its best pair
  /// each time; a long one keeps its pairs in a heap, so that it takes O(n log n).
  void merge(const MergeTable& merges);

  const std::vector<int32_t>& symbols() const { return symbols_; }

 private:
  // A symbol in a doubly linked list over the word; `next` and `previous` are indices or -1.
  struct Node {
    int32_t symbol;
    int32_t previous;
    int32_t next;
    bool removed;
  };
  struct Candidate {
    uint32_t rank;
    int32_t position;
    int32_t id;
  };

  void merge_short(const MergeTable& merges);
  void merge_long(const MergeTable& merges);
  void push_candidate(const MergeTable& merges, int32_t left, int32_t right);

  std::vector<int32_t> symbols_;
  std::vector<Merge> pairs_;           // merge_short: pairs_[i] is that of symbols i and i + 1
  std::vector<Node> nodes_;            // merge_long
  std::vector<Candidate> candidates_;  // merge_long: a heap, the first to merge on top
};

}  // namespace crossrank
