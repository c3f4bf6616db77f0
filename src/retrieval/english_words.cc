#include "retrieval/english_words.h"

#include <libstemmer.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include "base/error.h"

namespace crossrank {
namespace {

// Lucene's EnglishAnalyzer.ENGLISH_STOP_WORDS_SET, sorted.
constexpr std::array<std::string_view, 33> kStopWords = {
    "a",  "an", "and", "are",  "as",   "at",  "be",    "but",  "by",    "for",   "if",   "in",   "into", "is",  "it",   "no",   "not",
    "of", "on", "or",  "such", "that", "the", "their", "then", "there", "these", "they", "this", "to",   "was", "will", "with",
};

// The parts between which ICU may be asked about: its lengths are 32 bits wide.
constexpr size_t kMaxTextBytes = std::numeric_limits<int32_t>::max() / 4;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_ascii_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

// Python's str.isalnum() or "_": letters of any kind, and whatever has a numeric value.
bool is_word(UChar32 c) { return c == '_' || u_isalpha(c) != 0 || u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) != U_NT_NONE; }

void for_each_ascii_word(std::string_view text, const std::function<void(std::string_view)>& each) {
  std::string word;
  for (const char raw : text) {
    const char c = ascii_lower(raw);
    if (is_ascii_word(c)) {
      word.push_back(c);
    } else if (!word.empty()) {
      each(word);
      word.clear();
    }
  }
  if (!word.empty()) each(word);
}

// Lower case is made of the whole text, because that of a capital sigma depends on whether a word ends there.
void for_each_unicode_word(std::string_view text, const std::function<void(std::string_view)>& each) {
  icu::UnicodeString lower = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  lower.toLower(icu::Locale::getRoot());
  std::string word;
  const auto give = [&](int32_t begin, int32_t end) {
    if (begin == end) return;
    word.clear();
    lower.tempSubStringBetween(begin, end).toUTF8String(word);
    each(word);
  };
  int32_t begin = 0;
  for (int32_t at = 0; at < lower.length();) {
    const UChar32 c = lower.char32At(at);
    const int32_t next = at + U16_LENGTH(c);
    if (!is_word(c)) {
      give(begin, at);
      begin = next;
    }
    at = next;
  }
  give(begin, lower.length());
}

}  // namespace

void for_each_word(std::string_view text, const std::function<void(std::string_view word)>& each) {
  if (is_ascii(text)) return for_each_ascii_word(text, each);
  if (text.size() > kMaxTextBytes)
    throw error(ErrorCode::kInput, "a text of {} MiB is too long to find words in; split it", text.size() >> 20);
  for_each_unicode_word(text, each);
}

bool is_stop_word(std::string_view word) { return std::binary_search(kStopWords.begin(), kStopWords.end(), word); }

EnglishStemmer::EnglishStemmer() : stemmer_(sb_stemmer_new("english", "UTF_8")) {
  if (stemmer_ == nullptr) throw std::bad_alloc();
}

EnglishStemmer::~EnglishStemmer() { sb_stemmer_delete(stemmer_); }

std::string_view EnglishStemmer::stem(std::string_view word) {
  const sb_symbol* stem = sb_stemmer_stem(stemmer_, reinterpret_cast<const sb_symbol*>(word.data()), static_cast<int>(word.size()));
  if (stem == nullptr) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(stem), static_cast<size_t>(sb_stemmer_length(stemmer_))};
}

}  // namespace crossrank
