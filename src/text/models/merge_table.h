// MergeTable: the merges of a BPE model, by pair of ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace crossrank {

/// What a pair of neighbours becomes, and how early: lower ranks merge first.
struct Merge {
  static constexpr uint32_t kNoRank = UINT32_MAX;
  uint32_t rank = kNoRank;
  int32_t id = -1;
};

/// Open addressing, at most half full. After the last insert immutable; may be shared between threads.
class MergeTable {
 public:
  void reserve(size_t count);
  /// A pair that is there already gets the new merge.
  void insert(int32_t left, int32_t right, Merge merge);
  /// Merge{} for a pair that does not merge.
  Merge find(int32_t left, int32_t right) const noexcept {
    const uint64_t key = key_of(left, right);
    for (size_t slot = first_slot(key);; slot = (slot + 1) & mask_) {
      if (slots_[slot].key == key) return slots_[slot].merge;
      if (slots_[slot].key == kFree) return {};
    }
  }

 private:
  static constexpr uint64_t kFree = UINT64_MAX;
  struct Slot {
    uint64_t key = kFree;
    Merge merge;
  };

  static uint64_t key_of(int32_t left, int32_t right) noexcept {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  size_t first_slot(uint64_t key) const noexcept { return static_cast<size_t>(key * 0x9E3779B97F4A7C15ull >> 32) & mask_; }
  void place(const Slot& filled) noexcept;

  std::vector<Slot> slots_ = std::vector<Slot>(16);
  size_t mask_ = 15;
  size_t size_ = 0;
};

}  // namespace crossrank
