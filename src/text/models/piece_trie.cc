#include "text/models/piece_trie.h"

#include <algorithm>
#include <string>

namespace crossrank {
namespace {

// A piece, its first bytes as a number that sorts as they do.
struct SortedPiece {
  uint64_t head;
  std::string_view text;
  int32_t id;
};

uint64_t head_of(std::string_view text) noexcept {
  uint64_t head = 0;
  for (size_t i = 0; i < 8; ++i) head = head << 8 | (i < text.size() ? static_cast<uint8_t>(text[i]) : 0);
  return head;
}

// In order, the empty ones left out, of equal ones the highest id alone.
std::vector<SortedPiece> sorted(const std::vector<std::pair<std::string_view, int32_t>>& pieces) {
  std::vector<SortedPiece> out;
  out.reserve(pieces.size());
  for (const auto& [text, id] : pieces) {
    if (!text.empty()) out.push_back({head_of(text), text, id});
  }
  std::sort(out.begin(), out.end(), [](const SortedPiece& a, const SortedPiece& b) {
    if (a.head != b.head) return a.head < b.head;
    const int order = a.text.compare(b.text);
    return order != 0 ? order < 0 : a.id > b.id;
  });
  out.erase(std::unique(out.begin(), out.end(), [](const SortedPiece& a, const SortedPiece& b) { return a.text == b.text; }), out.end());
  return out;
}

}  // namespace

// Breadth first over ranges of the sorted pieces that share a prefix: nodes with many children come early and find room, the many with one
// child fill the gaps. Free nodes are a list in order of their place.
class PieceTrie::Builder {
 public:
  Builder(std::vector<SortedPiece> pieces, std::vector<Node>& nodes) : pieces_(std::move(pieces)), nodes_(nodes) {
    grow();
    take(0, kRootParent);
  }

  void build() {
    std::vector<Range> open = {{0, 0, static_cast<uint32_t>(pieces_.size())}};
    std::vector<Range> next;
    for (size_t depth = 0; !open.empty(); ++depth) {
      next.clear();
      for (const Range& range : open) add_children(range, depth, next);
      open.swap(next);
    }
    nodes_.resize(last_base_ + 256);
  }

 private:
  static constexpr uint32_t kRootParent = kFree - 1;
  static constexpr uint32_t kNone = kFree;

  struct Range {
    uint32_t node;
    uint32_t begin;  // pieces that begin with the node's string
    uint32_t end;
  };

  void add_children(Range range, size_t depth, std::vector<Range>& next) {
    if (pieces_[range.begin].text.size() == depth) nodes_[range.node].id = pieces_[range.begin++].id;
    children_.clear();
    bytes_.clear();
    for (uint32_t begin = range.begin; begin < range.end;) {
      const char byte = pieces_[begin].text[depth];
      uint32_t end = begin;
      while (end < range.end && pieces_[end].text[depth] == byte) ++end;
      children_.push_back({static_cast<uint8_t>(byte), begin, end});
      bytes_.push_back(static_cast<uint8_t>(byte));
      begin = end;
    }
    if (children_.empty()) return;
    const uint32_t base = find_room();
    nodes_[range.node].first_child = base;
    last_base_ = std::max(last_base_, base);
    for (const Range& child : children_) {
      take(base + child.node, range.node);
      next.push_back({base + child.node, child.begin, child.end});
    }
  }

  // A base at which all of bytes_ are free.
  uint32_t find_room() {
    constexpr int kMaxTries = 32;  // then at the end, where all is free: building stays linear
    const uint32_t low = bytes_.front();
    int tries = 0;
    for (uint32_t place = first_free_; place != kNone && tries < kMaxTries; place = next_[place]) {
      if (place < low + 1) continue;
      ++tries;
      const uint32_t base = place - low;
      while (base + 256 > nodes_.size()) grow();
      if (std::all_of(bytes_.begin(), bytes_.end(), [&](uint8_t byte) { return is_free(base + byte); })) return base;
    }
    const auto base = static_cast<uint32_t>(std::max<size_t>(end_of_taken_, 1));
    while (base + 256 > nodes_.size()) grow();
    return base;
  }

  bool is_free(uint32_t place) const { return nodes_[place].parent == kFree; }

  void grow() {
    const auto begin = static_cast<uint32_t>(nodes_.size());
    const uint32_t end = std::max<uint32_t>(4096, begin + begin / 2);
    nodes_.resize(end);
    next_.resize(end);
    previous_.resize(end);
    for (uint32_t place = begin; place < end; ++place) {
      previous_[place] = place == begin ? last_free_ : place - 1;
      next_[place] = place + 1 == end ? kNone : place + 1;
    }
    (last_free_ == kNone ? first_free_ : next_[last_free_]) = begin;
    last_free_ = end - 1;
  }

  void take(uint32_t place, uint32_t parent) {
    nodes_[place].parent = parent;
    const uint32_t before = previous_[place], after = next_[place];
    (before == kNone ? first_free_ : next_[before]) = after;
    (after == kNone ? last_free_ : previous_[after]) = before;
    end_of_taken_ = std::max(end_of_taken_, place + 1);
  }

  std::vector<SortedPiece> pieces_;
  std::vector<Node>& nodes_;
  std::vector<uint32_t> next_, previous_;  // of free places
  uint32_t first_free_ = kNone;
  uint32_t last_free_ = kNone;
  uint32_t end_of_taken_ = 0;
  uint32_t last_base_ = 0;
  std::vector<Range> children_;  // of one node; `node` is the byte
  std::vector<uint8_t> bytes_;
};

PieceTrie::PieceTrie(std::vector<std::pair<std::string_view, int32_t>> pieces) {
  std::vector<SortedPiece> in_order = sorted(pieces);
  if (in_order.empty()) {
    nodes_.resize(256);
    nodes_[0].parent = kFree - 1;
    return;
  }
  Builder(std::move(in_order), nodes_).build();
}

}  // namespace crossrank
