// FileVocabulary: the tokens of a model as its file has them, of which the file is nearly all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// Texts, each with a value, in the order in which they were added; a text may be there twice.
template <typename Value>
class ListedTexts {
 public:
  size_t size() const { return entries_.size(); }
  std::string_view text(size_t i) const { return {bytes_.data() + entries_[i].offset, entries_[i].length}; }
  Value value(size_t i) const { return entries_[i].value; }

  void add(std::string_view text, Value value) {
    entries_.push_back({bytes_.size(), text.size(), value});
    bytes_.append(text);
  }

 private:
  struct Entry {
    size_t offset;
    size_t length;
    Value value;
  };
  std::string bytes_;
  std::vector<Entry> entries_;
};

/// ["piece", score] after ["piece", score]: a Unigram model's. A piece's place is its id; of equal pieces the last counts.
using ScoredPieces = ListedTexts<double>;
/// "token": id after "token": id; of equal tokens the last counts.
using TokenIds = ListedTexts<int32_t>;

struct FileVocabulary {
  ScoredPieces pieces;          // of a list
  std::optional<TokenIds> ids;  // of an object, where no parser was needed for it; else it is in the file's tree
};

}  // namespace crossrank
