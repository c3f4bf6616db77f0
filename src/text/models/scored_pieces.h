// ScoredPieces: the vocabulary of a Unigram model as its file lists it, ["piece", score] after ["piece", score].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// A piece's place in the list is its id. A piece may be there twice: the last one counts.
class ScoredPieces {
 public:
  size_t size() const { return entries_.size(); }
  std::string_view text(size_t id) const { return {bytes_.data() + entries_[id].offset, entries_[id].length}; }
  double score(size_t id) const { return entries_[id].score; }

  void add(std::string_view text, double score) {
    entries_.push_back({bytes_.size(), text.size(), score});
    bytes_.append(text);
  }

 private:
  struct Entry {
    size_t offset;
    size_t length;
    double score;
  };
  std::string bytes_;
  std::vector<Entry> entries_;
};

/// The value of a JSON number with a fraction, an exponent or many digits, as the reference reads it, which is not always the nearest: it
/// multiplies or divides the digits, cut where they no longer fit in 64 bits, by a power of ten. Where two ways to cut a text have equal
/// scores but for rounding, the last bit decides. Infinity where the reference refuses the number.
double read_score(std::string_view json_number) noexcept;

}  // namespace crossrank
