// ByteTrie: the longest of many strings that begins at a place in a text.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crossrank {

/// Immutable; may be shared between threads.
class ByteTrie {
 public:
  /// Strings and what they stand for (0 or above); none is empty, none is there twice.
  explicit ByteTrie(std::vector<std::pair<std::string, int32_t>> strings);

  bool empty() const { return nodes_.size() == 1; }

  struct Match {
    size_t length = 0;  // 0: nothing begins here
    int32_t value = -1;
  };
  /// The longest string that begins `text`.
  Match longest(std::string_view text) const noexcept;

  /// The first place from `from` on where a string may begin, by its first byte, or text.size().
  size_t next_candidate(std::string_view text, size_t from) const noexcept {
    while (from < text.size() && roots_[static_cast<uint8_t>(text[from])] == 0) ++from;
    return from;
  }

 private:
  struct Node {
    int32_t value = -1;
    uint32_t first_edge = 0;
    uint32_t num_edges = 0;
  };
  struct Edge {
    uint8_t byte;
    uint32_t node;
  };

  uint32_t child(const Node& node, uint8_t byte) const noexcept;

  std::array<uint32_t, 256> roots_{};  // the node of each first byte; 0 (the root itself): none
  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::vector<Edge> edges_;  // those of a node lie together, sorted by byte
};

}  // namespace crossrank
