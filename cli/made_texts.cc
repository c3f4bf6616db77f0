#include "cli/made_texts.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "cli/length_mix.h"

namespace crossrank {
namespace {

// So many words make texts as varied as need be; each is tried out.
constexpr size_t kMostWords = 1000;
constexpr size_t kEnoughWords = 100;

bool is_lower_case(std::string_view word) {
  return word.size() >= 3 && word.size() <= 12 && std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// No signs, which special tokens are written with, no spaces and no controls.
bool is_written_plainly(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || static_cast<uint8_t>(c) >= 0x80;
  });
}

// Without the mark of a word's beginning of byte-level and of SentencePiece vocabularies.
std::string_view without_mark(std::string_view token) {
  for (const std::string_view mark : {"Ġ", "▁"}) {
    if (token.starts_with(mark)) return token.substr(mark.size());
  }
  return token;
}

class Tokens {
 public:
  explicit Tokens(const Reranker& reranker) : reranker_(reranker), none_(count("")) {}

  bool is_one_everywhere(const std::string& word) const {
    return count(word) == none_ + 1 && count(word + " " + word + " " + word) == none_ + 3;
  }

 private:
  size_t count(std::string_view text) const { return reranker_.tokenize(text).ids.size(); }

  const Reranker& reranker_;
  size_t none_;
};

template <typename Accept>
std::vector<std::string> find_words(const Reranker& reranker, PythonRandom& random, const Accept& accept) {
  std::vector<std::string> candidates;
  for (const std::string& token : reranker.vocabulary()) {
    if (const std::string_view word = without_mark(token); accept(word)) candidates.emplace_back(word);
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  const Tokens tokens(reranker);
  std::vector<std::string> words;
  for (size_t left = candidates.size(); left > 0 && words.size() < kMostWords; --left) {
    std::swap(candidates[static_cast<size_t>(random.below(static_cast<int64_t>(left)))], candidates[left - 1]);
    if (tokens.is_one_everywhere(candidates[left - 1])) words.push_back(std::move(candidates[left - 1]));
  }
  return words;
}

std::string first_words(const std::string& text, int count) {
  size_t end = 0;
  for (int i = 0; i < count && end != std::string::npos; ++i) end = text.find(' ', end + 1);
  return text.substr(0, end);
}

}  // namespace

MadeTexts::MadeTexts(const Reranker& reranker, int64_t seed)
    : special_tokens_(static_cast<int>(reranker.tokenize(TextPair{}).ids.size())), random_(seed) {
  words_ = find_words(reranker, random_, is_lower_case);
  if (words_.size() < kEnoughWords) words_ = find_words(reranker, random_, is_written_plainly);
  if (words_.empty()) {
    throw error(ErrorCode::kModel,
                "{}: no word of the vocabulary is one token by itself, so that no texts can be made of it; name a file of pairs",
                reranker.info().folder);
  }
}

std::string MadeTexts::words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += words_[static_cast<size_t>(random_.below(static_cast<int64_t>(words_.size())))];
  }
  return text;
}

std::vector<MadePair> MadeTexts::pairs(std::span<const int> lengths) {
  const std::string query = words(kQueryTokens);
  std::vector<MadePair> made;
  made.reserve(lengths.size());
  for (const int length : lengths) {
    const int content = length - special_tokens_;
    const int query_words = std::min(kQueryTokens, content / 2);
    made.push_back({first_words(query, query_words), words(content - query_words)});
  }
  return made;
}

}  // namespace crossrank
