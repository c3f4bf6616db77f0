// PreTokenizer: cuts a normalized text into the pieces that the model sees one by one.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace crossrank {

/// A text in pieces. Each piece views the text or, where a pre-tokenizer rewrote it, a string that this object keeps.
class Pieces {
 public:
  /// `text` must outlive this. `at_start`: it is the start of the whole input, with no added token before it.
  Pieces(std::string_view text, bool at_start) : at_start_(at_start) {
    if (!text.empty()) views_.push_back(text);
  }

  const std::vector<std::string_view>& views() const { return views_; }
  /// The first piece is the start of the whole input: nothing of it was cut off before.
  bool at_start() const { return at_start_; }

  /// Keeps `text` alive as long as the pieces.
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  /// Room for `size` bytes that lasts as long as the pieces.
  char* room(size_t size) { return kept_.emplace_back(size, '\0').data(); }

  /// Replaces every piece by what `split(piece, parts)` appends to the vector `parts`; empty parts are to be left out.
  template <typename Split>
  void split_each(Split&& split) {
    std::vector<std::string_view> parts;
    parts.reserve(views_.size());
    for (const std::string_view& piece : views_) {
      split(piece, parts);
      if (&piece == &views_.front()) at_start_ = at_start_ && !parts.empty() && !is_later_part(parts.front(), piece);
    }
    views_ = std::move(parts);
  }

 private:
  // `part` lies within `piece`, but not at its beginning. One that was rewritten lies elsewhere, and begins what its piece began.
  static bool is_later_part(std::string_view part, std::string_view piece) {
    const std::less<const char*> before;
    return before(piece.data(), part.data()) && before(part.data(), piece.data() + piece.size());
  }

  std::vector<std::string_view> views_;
  std::deque<std::string> kept_;  // a deque: its strings stay where they are
  bool at_start_;
};

/// Immutable once loaded; may be shared between threads.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  /// Replaces each piece by its parts, none of them empty.
  virtual void split(Pieces& pieces) const = 0;

  /// The last step spells bytes in the byte-level alphabet ("Ġ" for a space), and could leave them to a model that reads bytes.
  virtual bool offers_bytes() const { return false; }
  /// While loading, where offers_bytes(): from now on the last step leaves bytes as they are.
  virtual void leave_bytes() {}
};

/// The pre-tokenizer that `config` describes. Error(kUnsupported) for a type that is not in the registry, Error(kTokenizer) for bad
/// fields.
std::unique_ptr<PreTokenizer> make_pre_tokenizer(const JsonObject& config);

// One function a kind, each in its own file; the registry calls them.
std::unique_ptr<PreTokenizer> make_byte_level(const JsonObject& config);
std::unique_ptr<PreTokenizer> make_bert_pre_tokenizer(const JsonObject& config);
std::unique_ptr<PreTokenizer> make_whitespace(const JsonObject& config);
std::unique_ptr<PreTokenizer> make_whitespace_split(const JsonObject& config);
std::unique_ptr<PreTokenizer> make_split(const JsonObject& config);
std::unique_ptr<PreTokenizer> make_punctuation(const JsonObject& config);
std::unique_ptr<PreTokenizer> make_metaspace(const JsonObject& config);
std::unique_ptr<PreTokenizer> make_char_delimiter_split(const JsonObject& config);
std::unique_ptr<PreTokenizer> make_fixed_length(const JsonObject& config);
std::unique_ptr<PreTokenizer> make_digits(const JsonObject& config);
std::unique_ptr<PreTokenizer> make_pre_tokenizer_sequence(const JsonObject& config);

}  // namespace crossrank
