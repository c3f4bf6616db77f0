// VocabularyText: the vocabulary of a model, read straight from the text of a tokenizer.json.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "text/models/file_vocabulary.h"

namespace crossrank {

struct VocabularyText {
  size_t begin = 0;  // of the list or object in the text, its brackets included
  size_t end = 0;
  FileVocabulary vocabulary;
};

/// Finds field "vocab" of field "model", if that is a list of ["piece", score] or an object of tokens and ids, several times as fast as a
/// JSON parser does. Nothing where the text is not that plain: then a parser has to look, and to say what is wrong. What stands around it
/// is not checked.
std::optional<VocabularyText> find_vocabulary(std::string_view text);

}  // namespace crossrank
