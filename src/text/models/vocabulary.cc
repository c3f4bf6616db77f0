#include "text/models/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>

namespace crossrank {
namespace {

int32_t parse_id(const JsonObject& model, std::string_view token, const Json& value) {
  if (!value.is_number_integer() || value < 0 || value > kMaxTokenId) {
    throw model.bad_field("vocab", fmt::format("the id of token \"{}\" is {}, not a whole number from 0 to {}", token,
                                               value.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 40), kMaxTokenId));
  }
  return value.get<int32_t>();
}

}  // namespace

Vocabulary::Vocabulary(const JsonObject& model, const std::optional<TokenIds>& taken) {
  const JsonObject vocab = model.object("vocab");
  const auto& entries = vocab.json().get_ref<const Json::object_t&>();
  std::vector<std::pair<std::string_view, int32_t>> tokens;
  tokens.reserve(taken ? taken->size() : entries.size());
  if (taken) {
    for (size_t i = 0; i < taken->size(); ++i) tokens.emplace_back(taken->text(i), taken->value(i));
  } else {
    for (const auto& [token, value] : entries) tokens.emplace_back(token, parse_id(model, token, value));
  }
  add(model, tokens);
}

void Vocabulary::add(const JsonObject& model, std::span<const std::pair<std::string_view, int32_t>> tokens) {
  int32_t highest = -1;
  for (const auto& [token, id] : tokens) highest = std::max(highest, id);
  // Ids may leave gaps, but a few tokens with a huge id must not make a huge table: a table has at most as many free rows as this.
  constexpr int64_t kMaxGaps = 1 << 20;
  if (highest > static_cast<int64_t>(tokens.size()) + kMaxGaps) {
    throw model.bad_field("vocab", fmt::format("{} tokens have ids up to {}", tokens.size(), highest));
  }
  index_.reserve(tokens.size());
  for (const auto& [token, id] : tokens) index_.insert(token, id);
  tokens_.resize(static_cast<size_t>(highest) + 1);
  std::vector<bool> taken(tokens_.size());
  for (const auto& [token, id] : tokens) {
    const auto row = static_cast<size_t>(id);
    if (index_.size() < tokens.size() && index_.find(token) != id) continue;  // the token is there again, with the id that counts
    if (taken[row] && tokens_[row] != token) {
      throw model.bad_field("vocab", fmt::format("tokens \"{}\" and \"{}\" have the same id {}", tokens_[row], token, id));
    }
    taken[row] = true;
    tokens_[row] = token;
  }
  size_ = static_cast<int32_t>(index_.size());
}

Vocabulary::Vocabulary(const JsonObject& model, const ScoredPieces& pieces) : size_(static_cast<int32_t>(pieces.size())) {
  if (pieces.size() > static_cast<size_t>(kMaxTokenId)) {
    throw model.bad_field("vocab", fmt::format("{} pieces, more than {}", pieces.size(), kMaxTokenId));
  }
  tokens_.reserve(pieces.size());
  index_.reserve(pieces.size());
  for (size_t id = 0; id < pieces.size(); ++id) {
    tokens_.emplace_back(pieces.text(id));
    index_.insert(pieces.text(id), static_cast<int32_t>(id));
  }
}

}  // namespace crossrank
