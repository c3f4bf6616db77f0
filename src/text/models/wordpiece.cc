// WordPiece: the longest token that begins a word, then the longest that continues it; a word that cannot be built is unknown.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/models/model.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

class WordPiece final : public Model {
 public:
  WordPiece(const JsonObject& config, const FileVocabulary& taken)
      : vocabulary_(config, taken.ids),
        unknown_token_(config.string("unk_token")),
        max_word_chars_(static_cast<size_t>(config.integer("max_input_chars_per_word", 0, INT64_MAX))),
        where_(config.where()) {
    const std::string prefix = config.string("continuing_subword_prefix");
    unknown_id_ = vocabulary_.id(unknown_token_).value_or(-1);
    begin_.reserve(static_cast<size_t>(vocabulary_.size()));
    continue_.reserve(static_cast<size_t>(vocabulary_.size()));
    for (int32_t id = 0; id < vocabulary_.id_limit(); ++id) {
      const std::string_view token = vocabulary_.token(id);
      if (token.size() > kMaxTokenBytes) {
        throw config.bad_field("vocab", fmt::format("token {} is {} bytes long, more than {}", id, token.size(), kMaxTokenBytes));
      }
      if (token.empty()) continue;
      begin_.insert(token, id);
      if (token.size() > prefix.size() && token.starts_with(prefix)) continue_.insert(token.substr(prefix.size()), id);
    }
  }

  const Vocabulary& vocabulary() const override { return vocabulary_; }
  bool prepare(bool) override { return false; }

  void tokenize(std::span<const std::string_view> pieces, std::vector<int32_t>& ids) const override {
    for (const std::string_view word : pieces) {
      const size_t before = ids.size();
      if (!too_long(word) && append_parts(word, ids)) continue;
      ids.resize(before);
      if (unknown_id_ < 0) throw error(ErrorCode::kTokenizer, "{}: unk_token \"{}\" is not in the vocabulary", where_, unknown_token_);
      ids.push_back(unknown_id_);
    }
  }

 private:
  bool too_long(std::string_view word) const noexcept {
    if (word.size() <= max_word_chars_) return false;
    size_t chars = 0;
    for (const char byte : word) chars += (static_cast<uint8_t>(byte) & 0xC0) != 0x80;
    return chars > max_word_chars_;
  }

  bool append_parts(std::string_view word, std::vector<int32_t>& ids) const {
    for (size_t at = 0; at < word.size();) {
      int32_t id = -1;
      const size_t length = longest_token(at == 0 ? begin_ : continue_, word.substr(at), id);
      if (length == 0) return false;
      ids.push_back(id);
      at += length;
    }
    return true;
  }

  // Length of the longest string of `index` that begins `text`, and its id; 0 for none. One pass hashes all prefixes.
  static size_t longest_token(const StringIndex& index, std::string_view text, int32_t& id) {
    constexpr size_t kUsual = 64;
    std::array<uint64_t, kUsual> usual;
    std::vector<uint64_t> long_hashes;
    const size_t longest = std::min(text.size(), index.max_length());
    uint64_t* hashes = usual.data();
    if (longest > kUsual) {
      long_hashes.resize(longest);
      hashes = long_hashes.data();
    }
    uint64_t hash = StringIndex::kHashStart;
    for (size_t i = 0; i < longest; ++i) hashes[i] = hash = StringIndex::hash_step(hash, text[i]);
    for (size_t length = longest; length > 0; --length) {
      if (length < text.size() && (static_cast<uint8_t>(text[length]) & 0xC0) == 0x80) continue;  // inside a character
      id = index.find(text.substr(0, length), hashes[length - 1]);
      if (id >= 0) return length;
    }
    return 0;
  }

  Vocabulary vocabulary_;
  StringIndex begin_;     // all tokens
  StringIndex continue_;  // tokens that begin with the prefix, without it
  std::string unknown_token_;
  int32_t unknown_id_ = -1;
  size_t max_word_chars_;
  std::string where_;
};

}  // namespace

std::unique_ptr<Model> make_wordpiece(const JsonObject& config, const FileVocabulary& taken) {
  return std::make_unique<WordPiece>(config, taken);
}

}  // namespace crossrank
