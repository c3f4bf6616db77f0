#include "mining/mining_pairs.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace crossrank {
namespace {

int32_t add_text(std::string_view text, const TextPlace& place, UniqueTexts& texts, TextPlaces& places) {
  const int64_t before = texts.size();
  const int32_t at = texts.add(text);
  if (texts.size() > before) places.add(place);
  return at;
}

}  // namespace

int32_t UniqueTexts::add(std::string_view text) {
  const auto known = places_.find(text);
  if (known != places_.end()) return *known;
  if (texts_.size() >= static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    throw error(ErrorCode::kInput, "more than {} different texts; mine them in parts", texts_.size());
  }
  texts_.emplace_back(text);
  const auto place = static_cast<int32_t>(texts_.size() - 1);
  places_.insert(place);
  return place;
}

void MiningPairs::add_document(std::string_view text, const TextPlace& place) { add_text(text, place, corpus_, corpus_places_); }

void MiningPairs::add_pair(std::string_view query, std::string_view positive, const TextPlace& query_place,
                           const TextPlace& positive_place) {
  row_queries_.push_back(add_text(query, query_place, queries_, query_places_));
  row_positives_.push_back(add_text(positive, positive_place, corpus_, corpus_places_));
}

void MiningPairs::settle() {
  std::vector<int64_t> rows(row_queries_.size());
  std::iota(rows.begin(), rows.end(), 0);
  const auto query_at = [&](int64_t row) { return row_queries_[static_cast<size_t>(row)]; };
  std::stable_sort(rows.begin(), rows.end(), [&](int64_t left, int64_t right) { return query_at(left) < query_at(right); });

  first_pairs_.reserve(static_cast<size_t>(queries_.size()) + 1);
  std::unordered_set<int32_t> seen;
  for (size_t begin = 0; begin < rows.size();) {
    const int32_t query = query_at(rows[begin]);
    first_pairs_.push_back(num_pairs());
    seen.clear();
    size_t end = begin;
    for (; end < rows.size() && query_at(rows[end]) == query; ++end) {
      const int32_t positive = row_positives_[static_cast<size_t>(rows[end])];
      if (!seen.insert(positive).second) continue;
      pair_queries_.push_back(query);
      pair_positives_.push_back(positive);
    }
    max_rows_ = std::max(max_rows_, static_cast<int64_t>(end - begin));
    begin = end;
  }
  first_pairs_.push_back(num_pairs());
}

std::span<const int32_t> MiningPairs::positives_of(int64_t query) const {
  const auto begin = static_cast<size_t>(first_pair(query)), end = static_cast<size_t>(first_pair(query + 1));
  return std::span(pair_positives_).subspan(begin, end - begin);
}

}  // namespace crossrank
