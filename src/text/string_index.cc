#include "text/string_index.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace crossrank {
namespace {

uint32_t tag_of(uint64_t hash) noexcept { return static_cast<uint32_t>(hash >> 32); }

}  // namespace

void StringIndex::reserve(size_t count) {
  entries_.reserve(count);
  if (count * 2 > slots_.size()) grow(std::bit_ceil(count * 2));
}

void StringIndex::insert(std::string_view text, int32_t id) {
  const uint64_t value = hash(text);
  size_t slot = first_slot(value);
  for (; slots_[slot].entry != 0; slot = (slot + 1) & mask_) {
    Entry& entry = entries_[slots_[slot].entry - 1];
    if (slots_[slot].tag == tag_of(value) && text_of(entry) == text) {
      entry.id = id;
      return;
    }
  }
  entries_.push_back({static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(text.size()), id});
  bytes_.append(text);
  max_length_ = std::max(max_length_, text.size());
  slots_[slot] = {tag_of(value), static_cast<uint32_t>(entries_.size())};
  if (entries_.size() * 2 > slots_.size()) grow(slots_.size() * 2);
}

int32_t StringIndex::find(std::string_view text, uint64_t hash) const noexcept {
  for (size_t slot = first_slot(hash); slots_[slot].entry != 0; slot = (slot + 1) & mask_) {
    if (slots_[slot].tag != tag_of(hash)) continue;
    const Entry& entry = entries_[slots_[slot].entry - 1];
    if (text_of(entry) == text) return entry.id;
  }
  return -1;
}

void StringIndex::grow(size_t slots) {
  slots_.assign(slots, Slot{});
  mask_ = slots - 1;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const uint64_t value = hash(text_of(entries_[i]));
    size_t slot = first_slot(value);
    while (slots_[slot].entry != 0) slot = (slot + 1) & mask_;
    slots_[slot] = {tag_of(value), static_cast<uint32_t>(i + 1)};
  }
}

}  // namespace crossrank
