#include "text/pair_encoder.h"

#include <algorithm>

#include "base/error.h"

namespace crossrank {
namespace {

struct Lengths {
  size_t first;
  size_t second;
};

// What is left of two texts of more than `limit` tokens in all. The longer one is cut down to the shorter, then both to a half each;
// of an odd limit the second gets more, unless the first was the longer. This is the reference's rule, ties included
// (tokenizers 0.23, truncate_encodings).
Lengths longest_first(Lengths lengths, size_t limit) {
  const bool first_is_longer = lengths.first > lengths.second;
  size_t shorter = std::min(lengths.first, lengths.second);
  size_t longer = shorter > limit ? shorter : std::max(shorter, limit - shorter);
  if (shorter + longer > limit) {
    shorter = limit / 2;
    longer = shorter + limit % 2;
  }
  return first_is_longer ? Lengths{longer, shorter} : Lengths{shorter, longer};
}

}  // namespace

PairEncoder::PairEncoder(std::shared_ptr<const Tokenizer> tokenizer, int max_length, Truncation truncation)
    : tokenizer_(std::move(tokenizer)), max_length_(max_length), truncation_(truncation) {
  const int special = tokenizer_->num_special_tokens(true);
  if (max_length < special) {
    throw error(ErrorCode::kUsage, "max_length {} is too short: {} special tokens stand around a pair; give at least {}", max_length,
                special, special + 2);
  }
}

Encoding PairEncoder::encode(const TextPair& pair) const {
  std::vector<int32_t> query, document;
  tokenizer_->encode(pair.query, query);
  tokenizer_->encode(pair.document, document);
  const auto limit = static_cast<size_t>(max_length_ - tokenizer_->num_special_tokens(true));
  const size_t total = query.size() + document.size();
  if (total > limit) {
    Lengths kept = {query.size(), document.size()};
    if (truncation_ == Truncation::kLongestFirst) {
      kept = longest_first(kept, limit);
    } else if (truncation_ == Truncation::kDocument && limit == 0) {
      kept = {0, 0};  // as the reference does, whatever the strategy
    } else if (truncation_ == Truncation::kDocument && query.size() < limit) {
      kept.second = limit - query.size();
    } else {
      throw error(ErrorCode::kInput,
                  "a query of {} tokens and a document of {} do not fit in {} tokens with {} special ones: raise max_length or allow "
                  "truncation {}",
                  query.size(), document.size(), max_length_, tokenizer_->num_special_tokens(true),
                  truncation_ == Truncation::kNone ? "document" : "longest_first");
    }
    query.resize(kept.first);
    document.resize(kept.second);
  }
  Encoding encoding = tokenizer_->post_process(query, &document);
  encoding.truncated = static_cast<int>(total - query.size() - document.size());
  return encoding;
}

Encoding PairEncoder::encode(std::string_view text) const {
  std::vector<int32_t> ids;
  tokenizer_->encode(text, ids);
  const int special = tokenizer_->num_special_tokens(false);
  const auto limit = static_cast<size_t>(std::max(0, max_length_ - special));
  const size_t total = ids.size();
  if (total > limit && truncation_ == Truncation::kNone) {
    throw error(ErrorCode::kInput,
                "a text of {} tokens does not fit in {} tokens with {} special ones: raise max_length or allow truncation", total,
                max_length_, special);
  }
  ids.resize(std::min(total, limit));
  Encoding encoding = tokenizer_->post_process(ids, nullptr);
  encoding.truncated = static_cast<int>(total - ids.size());
  return encoding;
}

}  // namespace crossrank
