// MiningPairs: (query, positive) pairs as mining sees them: each text once, and for every query its positives.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "mining/text_places.h"

namespace crossrank {

/// Texts, each once, in the order in which they first came.
class UniqueTexts {
 public:
  UniqueTexts() : places_(0, Hash{&texts_}, Equal{&texts_}) {}
  UniqueTexts(const UniqueTexts&) = delete;
  UniqueTexts& operator=(const UniqueTexts&) = delete;

  /// The place of the text, new or old.
  int32_t add(std::string_view text);

  const std::vector<std::string>& texts() const { return texts_; }
  const std::string& operator[](int32_t place) const { return texts_[static_cast<size_t>(place)]; }
  int64_t size() const { return static_cast<int64_t>(texts_.size()); }

 private:
  // A set of places that compares what stands there, so that no text is kept twice.
  struct Hash {
    using is_transparent = void;
    const std::vector<std::string>* texts;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    size_t operator()(int32_t place) const { return (*this)(std::string_view((*texts)[static_cast<size_t>(place)])); }
  };
  struct Equal {
    using is_transparent = void;
    const std::vector<std::string>* texts;
    std::string_view text_of(std::string_view text) const { return text; }
    std::string_view text_of(int32_t place) const { return (*texts)[static_cast<size_t>(place)]; }
    bool operator()(const auto& left, const auto& right) const { return text_of(left) == text_of(right); }
  };

  std::vector<std::string> texts_;
  std::unordered_set<int32_t, Hash, Equal> places_;
};

/// Filled in order: the texts of a corpus of its own, then the pairs; then settle(). Afterwards it does not change.
class MiningPairs {
 public:
  void add_document(std::string_view text, const TextPlace& place = {});
  void add_pair(std::string_view query, std::string_view positive, const TextPlace& query_place = {}, const TextPlace& positive_place = {});
  /// Groups the pairs by query; call once, after the last.
  void settle();

  const UniqueTexts& queries() const { return queries_; }
  /// The corpus of its own, then those positives that it lacks.
  const UniqueTexts& corpus() const { return corpus_; }

  /// Where each of them came first: "FILE:LINE: field NAME".
  const TextPlaces& query_places() const { return query_places_; }
  const TextPlaces& corpus_places() const { return corpus_places_; }

  /// A pair for each query and each of its positives, queries in order and their positives in the order in which they came. A pair that
  /// came several times is one.
  int64_t num_pairs() const { return static_cast<int64_t>(pair_queries_.size()); }
  int32_t query_of(int64_t pair) const { return pair_queries_[static_cast<size_t>(pair)]; }
  int32_t positive_of(int64_t pair) const { return pair_positives_[static_cast<size_t>(pair)]; }
  /// The first pair of a query; first_pair(queries().size()) is num_pairs().
  int64_t first_pair(int64_t query) const { return first_pairs_[static_cast<size_t>(query)]; }
  /// Positions in corpus().
  std::span<const int32_t> positives_of(int64_t query) const;

  /// Rows that were added, repeated ones too.
  int64_t num_rows() const { return static_cast<int64_t>(row_queries_.size()); }
  /// The most rows that one query has, repeated ones too: what the reference calls max_positives.
  int64_t max_rows_of_a_query() const { return max_rows_; }

 private:
  UniqueTexts queries_, corpus_;
  TextPlaces query_places_, corpus_places_;
  std::vector<int32_t> row_queries_, row_positives_;
  std::vector<int32_t> pair_queries_, pair_positives_;
  std::vector<int64_t> first_pairs_;
  int64_t max_rows_ = 0;
};

}  // namespace crossrank
