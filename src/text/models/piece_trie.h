// PieceTrie: all pieces of a vocabulary that begin a text, one look-up a byte.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace crossrank {

/// A double array: the node that byte `b` leads to from a node lies at the node's `first_child + b`, and knows its parent. Immutable; may
/// be shared between threads.
class PieceTrie {
 public:
  /// Pieces and their ids (0 or above). Empty pieces are left out; of equal ones the highest id counts. At most 2^30 bytes in all.
  explicit PieceTrie(std::vector<std::pair<std::string_view, int32_t>> pieces);

  /// Calls match(length, id) for each piece that begins `text`, the shortest first.
  template <typename Match>
  void for_each_prefix(std::string_view text, Match&& match) const {
    uint32_t at = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      const uint32_t next = nodes_[at].first_child + static_cast<uint8_t>(text[i]);
      const Node& node = nodes_[next];
      if (node.parent != at) return;
      if (node.id >= 0) match(i + 1, node.id);
      at = next;
    }
  }

 private:
  static constexpr uint32_t kFree = UINT32_MAX;

  // Every `first_child` has 256 nodes behind it, so no look-up leaves the array.
  struct Node {
    uint32_t first_child = 0;
    uint32_t parent = kFree;
    int32_t id = -1;
  };

  class Builder;

  std::vector<Node> nodes_;
};

}  // namespace crossrank
