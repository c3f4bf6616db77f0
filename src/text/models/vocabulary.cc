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

Vocabulary::Vocabulary(const JsonObject& model) {
  const JsonObject vocab = model.object("vocab");
  const auto& entries = vocab.json().get_ref<const Json::object_t&>();
  std::vector<std::pair<std::string_view, int32_t>> pairs;  // one walk over the tree of the file, which is slower than all that follows
  pairs.reserve(entries.size());
  int32_t highest = -1;
  for (const auto& [token, value] : entries) {
    pairs.emplace_back(token, parse_id(model, token, value));
    highest = std::max(highest, pairs.back().second);
  }
  // Ids may leave gaps, but a few tokens with a huge id must not make a huge table: a table has at most as many free rows as this.
  constexpr int64_t kMaxGaps = 1 << 20;
  if (highest > static_cast<int64_t>(pairs.size()) + kMaxGaps) {
    throw model.bad_field("vocab", fmt::format("{} tokens have ids up to {}", pairs.size(), highest));
  }
  tokens_.resize(static_cast<size_t>(highest) + 1);
  std::vector<bool> taken(tokens_.size());
  index_.reserve(pairs.size());
  for (const auto& [token, id] : pairs) {
    const auto row = static_cast<size_t>(id);
    if (taken[row]) throw model.bad_field("vocab", fmt::format("tokens \"{}\" and \"{}\" have the same id {}", tokens_[row], token, id));
    taken[row] = true;
    tokens_[row] = token;
    index_.insert(token, id);
  }
  size_ = static_cast<int32_t>(pairs.size());
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
