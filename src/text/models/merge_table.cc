#include "text/models/merge_table.h"

#include <algorithm>
#include <bit>

namespace crossrank {

void MergeTable::reserve(size_t count) {
  const size_t wanted = std::max<size_t>(16, std::bit_ceil(count * 2));
  if (wanted <= slots_.size()) return;
  const std::vector<Slot> old = std::move(slots_);
  slots_.assign(wanted, Slot{});
  mask_ = wanted - 1;
  size_ = 0;
  for (const Slot& slot : old) {
    if (slot.key != kFree) place(slot);
  }
}

void MergeTable::insert(int32_t left, int32_t right, Merge merge) {
  if ((size_ + 1) * 2 > slots_.size()) reserve(slots_.size());
  place({key_of(left, right), merge});
}

void MergeTable::place(const Slot& filled) noexcept {
  size_t slot = first_slot(filled.key);
  while (slots_[slot].key != kFree && slots_[slot].key != filled.key) slot = (slot + 1) & mask_;
  size_ += slots_[slot].key == kFree ? 1 : 0;
  slots_[slot] = filled;
}

}  // namespace crossrank
