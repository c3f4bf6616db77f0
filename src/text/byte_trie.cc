#include "text/byte_trie.h"

#include <algorithm>
#include <deque>

namespace crossrank {

// Breadth first over ranges of the sorted strings that share a prefix, so that long strings cost no stack.
ByteTrie::ByteTrie(std::vector<std::pair<std::string, int32_t>> strings) {
  std::sort(strings.begin(), strings.end());
  struct Range {
    uint32_t node;
    size_t begin, end, depth;
  };
  std::deque<Range> open = {{0, 0, strings.size(), 0}};
  while (!open.empty()) {
    Range range = open.front();
    open.pop_front();
    if (range.begin < range.end && strings[range.begin].first.size() == range.depth) {
      nodes_[range.node].value = strings[range.begin].second;
      ++range.begin;
    }
    nodes_[range.node].first_edge = static_cast<uint32_t>(edges_.size());
    for (size_t begin = range.begin; begin < range.end;) {
      const char byte = strings[begin].first[range.depth];
      size_t end = begin;
      while (end < range.end && strings[end].first[range.depth] == byte) ++end;
      const auto node = static_cast<uint32_t>(nodes_.size());
      nodes_.emplace_back();
      edges_.push_back({static_cast<uint8_t>(byte), node});
      open.push_back({node, begin, end, range.depth + 1});
      begin = end;
    }
    nodes_[range.node].num_edges = static_cast<uint32_t>(edges_.size()) - nodes_[range.node].first_edge;
  }
  for (uint32_t i = 0; i < nodes_[0].num_edges; ++i) roots_[edges_[i].byte] = edges_[i].node;
}

uint32_t ByteTrie::child(const Node& node, uint8_t byte) const noexcept {
  const Edge* begin = edges_.data() + node.first_edge;
  const Edge* end = begin + node.num_edges;
  const Edge* edge = std::lower_bound(begin, end, byte, [](const Edge& e, uint8_t b) { return e.byte < b; });
  return edge != end && edge->byte == byte ? edge->node : 0;
}

ByteTrie::Match ByteTrie::longest(std::string_view text) const noexcept {
  Match match;
  if (text.empty()) return match;
  uint32_t node = roots_[static_cast<uint8_t>(text[0])];
  for (size_t length = 1; node != 0; ++length) {
    if (nodes_[node].value >= 0) match = {length, nodes_[node].value};
    if (length == text.size()) break;
    node = child(nodes_[node], static_cast<uint8_t>(text[length]));
  }
  return match;
}

}  // namespace crossrank
