// Model: a vocabulary, and how a piece of text becomes its ids.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "text/models/file_vocabulary.h"
#include "text/models/vocabulary.h"

namespace crossrank {

/// Immutable once loaded; may be shared between threads.
class Model {
 public:
  virtual ~Model() = default;

  /// Appends the ids of each piece. Error(kTokenizer) where a piece needs an unknown token that the vocabulary lacks.
  virtual void tokenize(std::span<const std::string_view> pieces, std::vector<int32_t>& ids) const = 0;

  virtual const Vocabulary& vocabulary() const = 0;

  /// Called once, before tokenizing. `bytes_offered`: the pieces can come as raw bytes instead of spelled in the byte-level alphabet.
  /// True when the model takes them so.
  virtual bool prepare(bool bytes_offered) = 0;
};

/// The model that `config` describes, its vocabulary where the tree of the file has it no more in `taken`. Error(kUnsupported) for
/// a type or option that crossrank lacks, Error(kTokenizer) for bad fields.
std::unique_ptr<Model> make_model(const JsonObject& config, const FileVocabulary& taken);

// One function a kind, each in its own file; the registry calls them.
std::unique_ptr<Model> make_bpe(const JsonObject& config, const FileVocabulary& taken);
std::unique_ptr<Model> make_unigram(const JsonObject& config, const FileVocabulary& taken);
std::unique_ptr<Model> make_word_level(const JsonObject& config, const FileVocabulary& taken);
std::unique_ptr<Model> make_wordpiece(const JsonObject& config, const FileVocabulary& taken);

}  // namespace crossrank
