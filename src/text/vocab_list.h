// VocabList: the list of a Unigram vocabulary, read straight from the text of a tokenizer.json, of which it is nearly all.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "text/models/scored_pieces.h"

namespace crossrank {

struct VocabList {
  size_t begin = 0;  // of the list in the text, its brackets included
  size_t end = 0;
  ScoredPieces pieces;
};

/// Finds field "vocab" of field "model", if that is a list of ["piece", score], several times as fast as a JSON parser does. Nothing where
/// the text is not that plain: then a parser has to look, and to say what is wrong. What stands around the list is not checked.
std::optional<VocabList> find_vocab_list(std::string_view text);

}  // namespace crossrank
