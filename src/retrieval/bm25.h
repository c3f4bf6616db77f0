// Bm25: lexical first-stage retrieval: Okapi BM25 with Lucene's never-negative idf and Snowball stems.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace crossrank {

struct Bm25Options {
  float k1 = 1.2F;
  float b = 0.75F;
};

/// A document and its score.
struct Bm25Hit {
  int32_t index = 0;
  float score = 0;
};

/// An index over a fixed list of documents. Immutable; may be shared between threads. The documents need not outlive the call that
/// indexes them. Memory: 8 bytes for each different word of each document, and the vocabulary; while indexing, three times that.
class Bm25 {
 public:
  /// Error(kUsage) for k1 < 0 or b outside [0, 1].
  explicit Bm25(std::span<const std::string> documents, const Bm25Options& options = {});
  explicit Bm25(std::span<const std::string_view> documents, const Bm25Options& options = {});

  /// The k best documents that share a word with the query, best first, ties in the documents' order.
  std::vector<Bm25Hit> top(std::string_view query, int k) const;
  /// The score of each of the given documents for a query; 0 where they share no word.
  std::vector<float> scores(std::string_view query, std::span<const int32_t> documents) const;

  int64_t size() const { return num_documents_; }

 private:
  struct Posting {
    int32_t document;
    float weight;  // idf * saturated frequency
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };
  using Vocabulary = std::unordered_map<std::string, int32_t, Hash, std::equal_to<>>;
  struct Occurrence;
  struct Counts;

  template <typename Text>
  void build(std::span<const Text> documents, const Bm25Options& options);
  void fill_postings(const Counts& counts, const Bm25Options& options);
  std::vector<std::span<const Posting>> postings_of(std::string_view query) const;

  int64_t num_documents_ = 0;
  Vocabulary terms_;               // stem -> term
  std::vector<int64_t> first_;     // [terms + 1]: where a term's postings begin
  std::vector<Posting> postings_;  // term by term, each by rising document
};

/// Lower-cased, stemmed words of an English text, Lucene's stop words left out.
std::vector<std::string> bm25_terms(std::string_view text);

}  // namespace crossrank
