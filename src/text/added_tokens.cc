#include "text/added_tokens.h"

#include <algorithm>

#include "base/error.h"
#include "text/component.h"
#include "text/unicode/char_class.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

// Each place of a text is tried against as many bytes; no real token is near.
constexpr size_t kMaxContentBytes = 4096;

AddedToken parse_token(const JsonObject& item) {
  item.integer("id", 0, kMaxTokenId);
  AddedToken token;
  token.content = item.string("content");
  if (token.content.size() > kMaxContentBytes) {
    throw item.bad_field("content", fmt::format("{} bytes, more than {}", token.content.size(), kMaxContentBytes));
  }
  token.single_word = item.boolean("single_word");
  token.lstrip = item.boolean("lstrip");
  token.rstrip = item.boolean("rstrip");
  token.normalized = item.boolean("normalized");
  token.special = item.boolean("special");
  return token;
}

bool ends_with_word(std::string_view text) {
  if (text.empty()) return false;
  const char* p = text.data() + text.size();
  return CharClasses::get().has(previous_code_point(p), kWord);
}

bool begins_with_word(std::string_view text) {
  if (text.empty()) return false;
  const char* p = text.data();
  return CharClasses::get().has(next_code_point(p), kWord);
}

size_t leading_space(std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* p = text.data();
  while (p < end) {
    const char* next = p;
    if (!CharClasses::get().has(next_code_point(next), kWhitespace)) break;
    p = next;
  }
  return static_cast<size_t>(p - text.data());
}

// Where the white space at the end of `text` begins, looking no further back than `limit`.
size_t trailing_space_begin(std::string_view text, size_t limit) {
  const char* p = text.data() + text.size();
  while (p > text.data() + limit) {
    const char* before = p;
    if (!CharClasses::get().has(previous_code_point(before), kWhitespace)) break;
    p = before;
  }
  return static_cast<size_t>(p - text.data());
}

}  // namespace

AddedTokens::AddedTokens(const JsonObject& file, const Vocabulary& vocabulary, const Normalizer* normalizer) : as_is_({}), normalized_({}) {
  if (!file.has("added_tokens")) return;
  int32_t next_id = vocabulary.size();
  for (const JsonObject& item : sequence_items(file, "added_tokens")) {
    AddedToken token = parse_token(item);
    if (token.content.empty()) continue;
    std::optional<int32_t> known = id(token.content);
    if (!known) known = vocabulary.id(token.content);
    const int32_t token_id = known ? *known : next_id++;
    ids_[token.content] = token_id;
    tokens_[token_id] = std::move(token);
  }
  as_is_ = make_trie(file, normalizer, false);
  normalized_ = make_trie(file, normalizer, true);
}

ByteTrie AddedTokens::make_trie(const JsonObject& file, const Normalizer* normalizer, bool normalized) const {
  std::map<std::string, int32_t> patterns;
  for (const auto& [token_id, token] : tokens_) {
    if (token.normalized != normalized) continue;
    std::string pattern = token.content;
    if (normalized && normalizer != nullptr) normalizer->normalize(pattern);
    if (pattern.empty()) {
      throw error(ErrorCode::kUnsupported, "{}: field added_tokens: nothing is left of token \"{}\" once it is normalized", file.where(),
                  token.content);
    }
    patterns.emplace(std::move(pattern), token_id);  // of equal patterns the reference takes any: here the lowest id
  }
  return ByteTrie({patterns.begin(), patterns.end()});
}

std::vector<Section> AddedTokens::split(std::string_view text, bool normalized) const {
  const ByteTrie& trie = normalized ? normalized_ : as_is_;
  std::vector<Section> sections;
  size_t open = 0;  // where the text begins that no section holds yet
  size_t at = 0;
  while (!trie.empty() && (at = trie.next_candidate(text, at)) < text.size()) {
    const ByteTrie::Match match = trie.longest(text.substr(at));
    if (match.length == 0) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_.at(match.value);
    size_t begin = at;
    size_t end = at + match.length;
    at = end;
    if (token.single_word && (ends_with_word(text.substr(0, begin)) || begins_with_word(text.substr(end)))) continue;
    if (token.lstrip) begin = std::max(open, trailing_space_begin(text.substr(0, begin), std::min(open, begin)));
    if (token.rstrip) end += leading_space(text.substr(end));
    if (open < begin) sections.push_back({text.substr(open, begin - open), -1});
    if (begin < end) sections.push_back({text.substr(begin, end - begin), match.value});
    open = end;
  }
  if (open < text.size()) sections.push_back({text.substr(open), -1});
  return sections;
}

std::optional<int32_t> AddedTokens::id(std::string_view content) const {
  const auto found = ids_.find(content);
  return found == ids_.end() ? std::nullopt : std::optional<int32_t>(found->second);
}

const AddedToken* AddedTokens::token(int32_t id) const {
  const auto found = tokens_.find(id);
  return found == tokens_.end() ? nullptr : &found->second;
}

}  // namespace crossrank
