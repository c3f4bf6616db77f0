// MadeTexts: pairs of texts of a given number of tokens, made of a model's own words. The same texts at every call.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crossrank/reranker.h"
#include "mining/python_random.h"

namespace crossrank {

/// A query and a document that own their text.
struct MadePair {
  std::string query, document;
};

/// Words that are one token each wherever they stand in a text, drawn from the vocabulary: lower-case ones of 3 to 12 letters of the
/// English alphabet where there are enough, else whatever is written without signs and spaces.
class MadeTexts {
 public:
  /// Error(kModel) for a vocabulary in which there are none.
  MadeTexts(const Reranker& reranker, int64_t seed);

  /// Tokens of a pair that are neither its query's nor its document's.
  int special_tokens() const { return special_tokens_; }
  /// The shortest pair: a word each.
  int shortest_pair() const { return special_tokens_ + 2; }

  /// A pair a length, in tokens with special ones, of shortest_pair() or more; all have the same query, cut to its half where a pair is
  /// short.
  std::vector<MadePair> pairs(std::span<const int> lengths);

 private:
  std::string words(int count);

  std::vector<std::string> words_;
  int special_tokens_;
  PythonRandom random_;
};

}  // namespace crossrank
