// CodePointTable: a small number for each code point, in one look-up.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace crossrank {

/// Code points from `first` to the next range's first have `value`.
template <typename Value>
struct CodePointRange {
  uint32_t first;
  Value value;
};

/// Immutable, and built of ranges in rising order, the first at 0, in a fraction of a millisecond. Blocks whose code points have all one
/// value share one copy.
template <typename Value>
class CodePointTable {
 public:
  explicit CodePointTable(std::span<const CodePointRange<Value>> ranges) {
    std::map<Value, uint32_t> uniform_blocks;
    size_t range = 0;
    for (uint32_t block = 0; block < index_.size(); ++block) {
      const uint32_t first = block << kBlockBits;
      const uint32_t last = first + kBlockSize - 1;
      const auto go_to = [&](uint32_t code_point) {
        while (range + 1 < ranges.size() && ranges[range + 1].first <= code_point) ++range;
      };
      go_to(first);
      index_[block] = static_cast<uint32_t>(values_.size());
      if (range + 1 == ranges.size() || ranges[range + 1].first > last) {
        const auto [shared, is_new] = uniform_blocks.emplace(ranges[range].value, index_[block]);
        index_[block] = shared->second;
        if (!is_new) continue;
      }
      for (uint32_t code_point = first; code_point <= last; ++code_point) {
        go_to(code_point);
        values_.push_back(ranges[range].value);
      }
    }
  }

  Value of(char32_t code_point) const noexcept { return values_[index_[code_point >> kBlockBits] + (code_point & (kBlockSize - 1))]; }

 private:
  static constexpr int kBlockBits = 8;
  static constexpr int kBlockSize = 1 << kBlockBits;
  std::array<uint32_t, 0x110000 / kBlockSize> index_{};  // where a code point's block begins in values_
  std::vector<Value> values_;
};

}  // namespace crossrank
