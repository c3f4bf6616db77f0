// Tokenizer: text to ids as a Hugging Face tokenizer.json says; ids equal those of the reference `tokenizers` library, always.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/encoding.h"

namespace crossrank {

/// Immutable; may be shared between threads. One text's journey: added tokens are cut out, the rest is normalized, pre-tokenized,
/// and each piece becomes ids by the model (BPE, Unigram, WordPiece, WordLevel); the post-processor adds special tokens around one or two
/// sequences.
class Tokenizer {
 public:
  /// Parses the text of a tokenizer.json. `where` names it in errors. Error(kTokenizer) names anything that is malformed, and
  /// Error(kUnsupported) any component or option that crossrank does not have: nothing is ever ignored.
  static std::shared_ptr<const Tokenizer> from_json(std::string_view json, const std::string& where);
  static std::shared_ptr<const Tokenizer> from_file(const std::filesystem::path& path);

  virtual ~Tokenizer() = default;

  /// Ids of one text without special tokens, appended to `ids`. Equals encode(text, add_special_tokens=False).
  virtual void encode(std::string_view text, std::vector<int32_t>& ids) const = 0;

  /// Ids and type ids of one sequence, or of two (`second` not null), with special tokens. The reference's post-processor.
  virtual Encoding post_process(const std::vector<int32_t>& first, const std::vector<int32_t>* second) const = 0;

  /// Special tokens that post_process adds to one sequence (false) or to a pair (true).
  virtual int num_special_tokens(bool pair) const = 0;

  /// Highest id + 1 over the model's vocabulary and the added tokens.
  virtual int vocab_size() const = 0;

  /// The token of an id as tokenizer.json spells it ("Ġword", "##ing"), or empty for an id that is none.
  virtual std::string token(int32_t id) const = 0;
  virtual std::optional<int32_t> token_to_id(std::string_view token) const = 0;

 protected:
  Tokenizer() = default;
};

}  // namespace crossrank
