// BPE: a word as its characters (or bytes), merged pair by pair in the order that training found.
#include <array>

#include "base/error.h"
#include "text/byte_alphabet.h"
#include "text/models/bpe_word.h"
#include "text/models/byte_tokens.h"
#include "text/models/model.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

struct BpeOptions {
  std::string unknown_token;  // empty: none, characters that the vocabulary lacks are dropped
  std::string continuing_prefix;
  std::string end_suffix;
  bool fuse_unknown = false;
  bool byte_fallback = false;  // a character that the vocabulary lacks is its bytes, <0x00> to <0xFF>
  bool ignore_merges = false;  // a piece that is a token is that token, whatever its merges would give
};

BpeOptions parse_options(const JsonObject& config) {
  if (config.has("dropout") && config.number("dropout") != 0.0) {
    throw error(ErrorCode::kUnsupported, "{}: field dropout: merges dropped at random are not supported; set it to null", config.where());
  }
  BpeOptions options;
  options.unknown_token = config.string("unk_token", "");
  options.continuing_prefix = config.string("continuing_subword_prefix", "");
  options.end_suffix = config.string("end_of_word_suffix", "");
  options.fuse_unknown = config.boolean("fuse_unk", false);
  options.byte_fallback = config.boolean("byte_fallback", false);
  options.ignore_merges = config.boolean("ignore_merges", false);
  return options;
}

// The two halves of a merge: "a b" as files were written until 2024, ["a", "b"] since.
std::pair<std::string_view, std::string_view> merge_halves(const JsonObject& config, const Json& merge, size_t i) {
  const auto is_string = [&](size_t half) { return merge[half].is_string(); };
  if (merge.is_array() && merge.size() == 2 && is_string(0) && is_string(1)) {
    return {merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>()};
  }
  if (merge.is_string()) {
    const std::string_view text = merge.get_ref<const std::string&>();
    const size_t space = text.find(' ');
    if (space != std::string_view::npos && text.find(' ', space + 1) == std::string_view::npos) {
      return {text.substr(0, space), text.substr(space + 1)};
    }
  }
  throw config.bad_field("merges", fmt::format("item {} is neither \"a b\" nor [\"a\", \"b\"]", i));
}

MergeTable parse_merges(const JsonObject& config, const Vocabulary& vocabulary, size_t prefix_length) {
  const Json& list = config.array("merges");
  MergeTable merges;
  merges.reserve(list.size());
  std::string merged;
  size_t i = 0;
  for (const Json& item : list) {
    if (item.is_string() && item.get_ref<const std::string&>().starts_with("#version")) continue;  // a heading, as in merges.txt
    const auto [left, right] = merge_halves(config, item, i);
    const auto id_of = [&](std::string_view token) {
      const std::optional<int32_t> id = vocabulary.id(token);
      if (!id) throw config.bad_field("merges", fmt::format("item {}: token \"{}\" is not in the vocabulary", i, token));
      return *id;
    };
    const int32_t left_id = id_of(left), right_id = id_of(right);
    merged.assign(left);
    merged += right.substr(std::min(prefix_length, right.size()));
    merges.insert(left_id, right_id, {static_cast<uint32_t>(i), id_of(merged)});
    ++i;
  }
  return merges;
}

class Bpe final : public Model {
 public:
  Bpe(const JsonObject& config, const FileVocabulary& taken)
      : options_(parse_options(config)),
        vocabulary_(config, taken.ids),
        merges_(parse_merges(config, vocabulary_, options_.continuing_prefix.size())),
        where_(config.where()) {
    unknown_id_ = vocabulary_.id(options_.unknown_token).value_or(-1);
    if (options_.byte_fallback) byte_tokens_ = ByteTokens(vocabulary_);
  }

  const Vocabulary& vocabulary() const override { return vocabulary_; }

  // Symbols of bytes are one table look-up each. A prefix or suffix is spelled with the characters, and byte fallback takes the bytes of
  // the spelled ones, so these need them spelled.
  bool prepare(bool bytes_offered) override {
    reads_bytes_ = bytes_offered && options_.continuing_prefix.empty() && options_.end_suffix.empty() && !options_.byte_fallback;
    for (int byte = 0; byte < 256; ++byte) {
      std::string spelled;
      append_code_point(spelled, byte_to_char(static_cast<unsigned char>(byte)));
      byte_ids_[static_cast<size_t>(byte)] = vocabulary_.id(spelled).value_or(-1);
    }
    index_whole_words();
    return reads_bytes_;
  }

  void tokenize(std::span<const std::string_view> pieces, std::vector<int32_t>& ids) const override {
    BpeWord word;
    for (const std::string_view piece : pieces) {
      const int32_t whole = whole_words_.find(piece);
      if (whole >= 0) {
        ids.push_back(whole);
        continue;
      }
      split_into_symbols(piece, word);
      word.merge(merges_);
      ids.insert(ids.end(), word.symbols().begin(), word.symbols().end());
    }
  }

 private:
  // Pieces that are one token, found without merging: with ignore_merges all of the vocabulary, else the tokens that their own merges
  // lead to.
  void index_whole_words() {
    whole_words_.reserve(static_cast<size_t>(vocabulary_.size()));
    BpeWord word;
    for (int32_t id = 0; id < vocabulary_.id_limit(); ++id) {
      const std::string_view token = vocabulary_.token(id);
      const std::optional<std::string> piece = reads_bytes_ ? read_bytes(token) : std::string(token);
      if (!piece || piece->empty()) continue;
      if (!options_.ignore_merges) {
        if (!split_into_known_symbols(*piece, word)) continue;
        word.merge(merges_);
        if (word.symbols().size() != 1 || word.symbols()[0] != id) continue;
      }
      whole_words_.insert(*piece, id);
    }
  }

  // False where a symbol is not in the vocabulary.
  bool split_into_known_symbols(std::string_view piece, BpeWord& word) const {
    word.clear();
    bool known = true;
    for_each_symbol(piece, [&](int32_t id, std::string_view) {
      known = known && id >= 0;
      word.add(id);
    });
    return known;
  }

  // An unknown symbol is put in when the next known or unknown one comes, or at the end: after the bytes of those that fall back to bytes
  // in between, as in the reference.
  void split_into_symbols(std::string_view piece, BpeWord& word) const {
    word.clear();
    bool pending = false;
    std::vector<int32_t> bytes;
    for_each_symbol(piece, [&](int32_t id, std::string_view symbol) {
      if (id < 0 && options_.byte_fallback && byte_tokens_.append(symbol, bytes)) {
        for (const int32_t byte : bytes) word.add(byte);
        bytes.clear();
        return;
      }
      const bool unknown = id < 0;
      if (unknown && options_.unknown_token.empty()) return;
      if (pending && !(unknown && options_.fuse_unknown)) word.add(unknown_id());
      pending = unknown;
      if (!unknown) word.add(id);
    });
    if (pending) word.add(unknown_id());
  }

  // Calls symbol(id, spelled) for each character or byte of `piece`, with id -1 for one that the vocabulary lacks.
  template <typename Symbol>
  void for_each_symbol(std::string_view piece, Symbol&& symbol) const {
    if (reads_bytes_) {
      for (const char& byte : piece) symbol(byte_ids_[static_cast<uint8_t>(byte)], std::string_view(&byte, 1));
      return;
    }
    std::string spelled;
    for (size_t at = 0; at < piece.size();) {
      const size_t length = utf8_length(piece[at]);
      std::string_view token = piece.substr(at, length);
      const bool prefixed = at > 0 && !options_.continuing_prefix.empty();
      const bool suffixed = at + length == piece.size() && !options_.end_suffix.empty();
      if (prefixed || suffixed) {
        spelled.assign(prefixed ? options_.continuing_prefix : "");
        spelled += token;
        if (suffixed) spelled += options_.end_suffix;
        token = spelled;
      }
      symbol(vocabulary_.id(token).value_or(-1), token);
      at += length;
    }
  }

  int32_t unknown_id() const {
    if (unknown_id_ >= 0) return unknown_id_;
    throw error(ErrorCode::kTokenizer, "{}: unk_token \"{}\" is not in the vocabulary", where_, options_.unknown_token);
  }

  BpeOptions options_;
  Vocabulary vocabulary_;
  MergeTable merges_;
  StringIndex whole_words_;
  std::array<int32_t, 256> byte_ids_{};
  bool reads_bytes_ = false;
  int32_t unknown_id_ = -1;
  ByteTokens byte_tokens_;
  std::string where_;
};

}  // namespace

std::unique_ptr<Model> make_bpe(const JsonObject& config, const FileVocabulary& taken) { return std::make_unique<Bpe>(config, taken); }

}  // namespace crossrank
