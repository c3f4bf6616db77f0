// TokenizerJson: a tokenizer.json as a tree, and the pieces of a Unigram model, a quarter of a million often, beside it.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "text/models/scored_pieces.h"

namespace crossrank {

struct TokenizerJson {
  Json tree;            // field "vocab" of the model is an empty list where the file has a list
  ScoredPieces pieces;  // what that list holds
};

/// Parses the text of a tokenizer.json; `where` names it in errors. Error(kTokenizer) for what is no JSON, is nested too deep, or has in
/// the list of the model's vocabulary anything but ["piece", score].
TokenizerJson parse_tokenizer_json(std::string_view text, const std::string& where);

}  // namespace crossrank
