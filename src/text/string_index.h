// StringIndex: strings to ids, built once; a compact hash table for vocabularies.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// After build() immutable, and may be shared between threads. Look-ups allocate nothing.
class StringIndex {
 public:
  /// FNV-1a, so that the hashes of all prefixes of a text come from one pass over it.
  static constexpr uint64_t kHashStart = 0xCBF29CE484222325ull;
  static constexpr uint64_t hash_step(uint64_t hash, char byte) noexcept { return (hash ^ static_cast<uint8_t>(byte)) * 0x100000001B3ull; }
  static uint64_t hash(std::string_view text) noexcept {
    uint64_t value = kHashStart;
    for (const char byte : text) value = hash_step(value, byte);
    return value;
  }

  /// Room for `count` strings.
  void reserve(size_t count);
  /// Maps `text` to `id`; a string that is there already gets the new id.
  void insert(std::string_view text, int32_t id);

  /// The id of `text`, or -1.
  int32_t find(std::string_view text) const noexcept { return find(text, hash(text)); }
  /// The same with hash(text) known.
  int32_t find(std::string_view text, uint64_t hash) const noexcept;

  size_t size() const { return entries_.size(); }
  /// Length of the longest string, in bytes.
  size_t max_length() const { return max_length_; }

 private:
  struct Entry {
    uint32_t offset;  // of the string in bytes_
    uint32_t length;
    int32_t id;
  };
  struct Slot {
    uint32_t tag = 0;    // high half of the hash
    uint32_t entry = 0;  // 0: free; else index in entries_ + 1
  };

  std::string_view text_of(const Entry& entry) const noexcept { return {bytes_.data() + entry.offset, entry.length}; }
  void grow(size_t slots);
  size_t first_slot(uint64_t hash) const noexcept { return static_cast<size_t>(hash ^ hash >> 29) & mask_; }

  std::string bytes_;
  std::vector<Entry> entries_;
  std::vector<Slot> slots_ = std::vector<Slot>(16);  // a power of two, at most half full
  size_t mask_ = 15;
  size_t max_length_ = 0;
};

}  // namespace crossrank
