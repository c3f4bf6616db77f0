#include "text/vocabulary_text.h"

#include <charconv>
#include <cmath>
#include <string>

#include "base/utf8.h"
#include "text/models/read_score.h"
#include "text/models/vocabulary.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Goes over JSON text from left to right. Each function returns false, and the place is lost, where the text is not what it names.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  size_t place() const { return at_; }

  // The character, after white space; taken only if it is there.
  bool take(char c) {
    skip_space();
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  // A string without its quotes, escapes left as they are.
  bool raw_string(std::string_view& string) {
    if (!take('"')) return false;
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return false;
    string = text_.substr(begin, at_++ - begin);
    return true;
  }

  // A string, appended to `out`. Surrogates are left to a parser.
  bool string(std::string& out) {
    if (!take('"')) return false;
    while (true) {
      const size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' && static_cast<uint8_t>(text_[at_]) >= 0x20) ++at_;
      out.append(text_, begin, at_ - begin);
      if (peek() == '"') {
        ++at_;
        return true;
      }
      if (peek() != '\\' || !escape(out)) return false;
    }
  }

  bool number(std::string_view& number) {
    skip_space();
    const size_t begin = at_;
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (peek() == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return false;
    }
    number = text_.substr(begin, at_ - begin);
    return true;
  }

  // Any value; lists and objects by their brackets alone.
  bool skip_value() {
    size_t depth = 0;
    do {
      skip_space();
      const char c = peek();
      if (c == '"') {
        std::string_view ignored;
        if (!raw_string(ignored)) return false;
      } else if (c == '[' || c == '{') {
        ++depth;
        ++at_;
      } else if (c == ']' || c == '}') {
        if (depth == 0) return false;
        --depth;
        ++at_;
      } else if (depth > 0 && (c == ',' || c == ':')) {
        ++at_;
      } else if (!skip_word()) {
        return false;
      }
    } while (depth > 0);
    return true;
  }

  // In an object: goes on to the value of member `name`.
  bool find_member(std::string_view name) {
    if (!take('{')) return false;
    do {
      std::string_view key;
      if (!raw_string(key) || !take(':')) return false;
      if (key == name) return true;
      if (!skip_value()) return false;
    } while (take(','));
    return false;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
  }

  // A number, true, false or null, or what pretends to be one.
  bool skip_word() {
    const size_t begin = at_;
    while (at_ < text_.size() && std::string_view(",:[]{}\" \n\t\r").find(text_[at_]) == std::string_view::npos) ++at_;
    return at_ > begin;
  }

  bool digits() {
    const size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return at_ > begin;
  }

  bool escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt", kCharacters = "\"\\/\b\f\n\r\t";
    if (at_ + 2 > text_.size()) return false;
    const char name = text_[at_ + 1];
    at_ += 2;
    if (const size_t found = kNames.find(name); found != std::string_view::npos) {
      out.push_back(kCharacters[found]);
      return true;
    }
    char32_t unit = 0;
    if (name != 'u' || at_ + 4 > text_.size()) return false;
    for (const size_t end = at_ + 4; at_ < end; ++at_) {
      const char c = text_[at_];
      const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!is_digit(c) && !letter) return false;
      unit = unit * 16 + static_cast<char32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (unit >= 0xD800 && unit <= 0xDFFF) return false;
    append_code_point(out, unit);
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// ["piece", score]
bool read_piece(Scanner& scanner, std::string& text, ScoredPieces& pieces) {
  std::string_view number;
  text.clear();
  if (!scanner.take('[') || !scanner.string(text) || !scanner.take(',') || !scanner.number(number) || !scanner.take(']')) return false;
  const double score = read_score(number);
  if (!std::isfinite(score)) return false;
  pieces.add(text, score);
  return true;
}

// "token": id, an id that a vocabulary takes.
bool read_token(Scanner& scanner, std::string& text, TokenIds& ids) {
  std::string_view number;
  text.clear();
  if (!scanner.string(text) || !scanner.take(':') || !scanner.number(number)) return false;
  int32_t id = 0;
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), id);
  if (problem != std::errc() || end != number.data() + number.size() || number.front() == '-' || id > kMaxTokenId) return false;
  ids.add(text, id);
  return true;
}

// What read(text) reads, with commas between, and the bracket that closes it.
template <typename Read>
bool read_items(Scanner& scanner, char closing, const Read& read) {
  if (scanner.take(closing)) return true;
  std::string text;
  do {
    if (!read(text)) return false;
  } while (scanner.take(','));
  return scanner.take(closing);
}

}  // namespace

std::optional<VocabularyText> find_vocabulary(std::string_view text) {
  Scanner scanner(text);
  if (!scanner.find_member("model") || !scanner.find_member("vocab")) return std::nullopt;
  VocabularyText found;
  FileVocabulary& vocabulary = found.vocabulary;
  bool is_plain = false;
  if (scanner.take('[')) {
    found.begin = scanner.place() - 1;
    is_plain = read_items(scanner, ']', [&](std::string& piece) { return read_piece(scanner, piece, vocabulary.pieces); });
  } else if (scanner.take('{')) {
    found.begin = scanner.place() - 1;
    vocabulary.ids.emplace();
    is_plain = read_items(scanner, '}', [&](std::string& token) { return read_token(scanner, token, *vocabulary.ids); });
  }
  found.end = scanner.place();
  if (!is_plain || !is_valid_utf8(text.substr(found.begin, found.end - found.begin))) return std::nullopt;
  return found;
}

}  // namespace crossrank
