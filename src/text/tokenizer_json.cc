#include "text/tokenizer_json.h"

#include <cmath>
#include <optional>
#include <vector>

#include "base/error.h"
#include "text/models/read_score.h"
#include "text/vocabulary_text.h"

namespace crossrank {
namespace {

// What the JSON parser calls, value by value. Builds the tree; of a list that is the model's vocabulary it takes the pieces instead.
class Builder {
 public:
  Builder(TokenizerJson& file, const std::string& where) : file_(file), where_(where) {}

  /// Lists and objects that the text has in the place of the vocabulary: a key may be there twice, and spelled in several ways.
  int num_vocabularies() const { return num_vocabularies_; }

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(Json::number_integer_t value) { return in_pieces() ? take_score(static_cast<double>(value)) : put(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return in_pieces() ? take_score(static_cast<double>(value)) : put(value); }
  bool number_float(Json::number_float_t value, const std::string& text) { return in_pieces() ? take_score(read_score(text)) : put(value); }
  bool binary(Json::binary_t&) { return true; }  // JSON has none

  bool string(std::string& value) {
    if (!in_pieces()) return put(std::move(value));
    if (item_ != Item::kOpen) throw bad_piece();
    piece_.swap(value);
    item_ = Item::kHasPiece;
    return true;
  }

  bool key(std::string& name) {
    if (in_pieces()) throw bad_piece();
    if (open_.size() == 1) in_model_ = name == "model";
    if (open_.size() == 2) in_vocab_ = name == "vocab";
    key_.swap(name);
    return true;
  }

  bool start_object(size_t) {
    if (in_pieces()) throw bad_piece();
    if (at_vocabulary()) ++num_vocabularies_;
    open(Json::object());
    return true;
  }
  bool end_object() { return close(); }

  bool start_array(size_t) {
    if (in_pieces()) {
      if (item_ != Item::kNone) throw bad_piece();
      item_ = Item::kOpen;
      return true;
    }
    const bool is_vocabulary = at_vocabulary();
    open(Json::array());
    if (is_vocabulary) {
      file_.vocabulary = {};
      pieces_open_ = true;
      ++num_vocabularies_;
    }
    return true;
  }

  bool end_array() {
    if (in_pieces() && item_ != Item::kNone) {
      if (item_ != Item::kHasScore) throw bad_piece();
      item_ = Item::kNone;
      return true;
    }
    pieces_open_ = false;
    return close();
  }

  bool parse_error(size_t byte, const std::string&, const Json::exception& problem) {
    if (dynamic_cast<const Json::parse_error*>(&problem) == nullptr) {
      throw error(ErrorCode::kTokenizer, "{}: JSON holds a number out of range", where_);
    }
    throw error(ErrorCode::kTokenizer, "{}: not valid JSON near byte {}", where_, byte);
  }

 private:
  // Where in ["piece", score] the parser stands.
  enum class Item { kNone, kOpen, kHasPiece, kHasScore };

  bool in_pieces() const { return pieces_open_; }
  bool at_vocabulary() const { return open_.size() == 2 && open_.back()->is_object() && in_model_ && in_vocab_; }

  bool take_score(double score) {
    if (item_ != Item::kHasPiece || !std::isfinite(score)) throw bad_piece();
    file_.vocabulary.pieces.add(piece_, score);
    item_ = Item::kHasScore;
    return true;
  }

  Error bad_piece() const {
    return error(ErrorCode::kTokenizer, "{}: model: field vocab: item {} is not [\"piece\", score]", where_,
                 file_.vocabulary.pieces.size() - (item_ == Item::kHasScore ? 1 : 0));
  }

  template <typename Value>
  bool put(Value&& value) {
    if (in_pieces()) throw bad_piece();
    place(Json(std::forward<Value>(value)));
    return true;
  }

  Json& place(Json value) {
    if (open_.empty()) return file_.tree = std::move(value);
    if (open_.back()->is_array()) return open_.back()->emplace_back(std::move(value));
    return (*open_.back())[key_] = std::move(value);
  }

  void open(Json value) {
    if (open_.size() == kMaxJsonDepth) throw error(ErrorCode::kTokenizer, "{}: JSON nested deeper than {} levels", where_, kMaxJsonDepth);
    open_.push_back(&place(std::move(value)));
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  TokenizerJson& file_;
  const std::string& where_;
  std::vector<Json*> open_;  // the lists and objects around the place that the parser has come to
  std::string key_;
  bool in_model_ = false;
  bool in_vocab_ = false;
  bool pieces_open_ = false;
  int num_vocabularies_ = 0;
  Item item_ = Item::kNone;
  std::string piece_;
};

}  // namespace

TokenizerJson parse_tokenizer_json(std::string_view text, const std::string& where) {
  TokenizerJson file;
  if (std::optional<VocabularyText> found = find_vocabulary(text)) {
    std::string rest(text.substr(0, found->begin));
    rest += found->vocabulary.ids ? "{}" : "[]";
    rest += text.substr(found->end);
    try {
      Builder builder(file, where);
      Json::sax_parse(rest, &builder);
      if (builder.num_vocabularies() == 1) {
        file.vocabulary = std::move(found->vocabulary);
        return file;
      }
    } catch (const Error&) {  // the whole text knows the place to name
    }
    file = {};
  }
  Builder builder(file, where);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return file;
}

}  // namespace crossrank
