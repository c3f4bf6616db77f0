// TokenizerJson: a tokenizer.json as a tree, and the vocabulary of its model, a quarter of a million tokens often, beside it.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "text/models/file_vocabulary.h"

namespace crossrank {

struct TokenizerJson {
  Json tree;                  // field "vocab" of the model is empty where that was taken from it
  FileVocabulary vocabulary;  // what it holds
};

/// Parses the text of a tokenizer.json; `where` names it in errors. Error(kTokenizer) for what is no JSON, is nested too deep, or has in
/// the list of the model's vocabulary anything but ["piece", score].
TokenizerJson parse_tokenizer_json(std::string_view text, const std::string& where);

}  // namespace crossrank
