#include "retrieval/bm25.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "retrieval/english_words.h"

namespace crossrank {
namespace {

constexpr int32_t kStopWord = -1;

// Better first: the higher score, of equal ones the earlier document.
bool better(const Bm25Hit& a, const Bm25Hit& b) { return a.score != b.score ? a.score > b.score : a.index < b.index; }

}  // namespace

// A term in a document, and how often.
struct Bm25::Occurrence {
  int32_t term;
  int32_t document;
  int32_t frequency;
};

struct Bm25::Counts {
  std::vector<Occurrence> occurrences;  // by rising document
  std::vector<int32_t> lengths;         // [documents]: words that are no stop words
};

Bm25::Bm25(std::span<const std::string> documents, const Bm25Options& options) { build(documents, options); }
Bm25::Bm25(std::span<const std::string_view> documents, const Bm25Options& options) { build(documents, options); }

template <typename Text>
void Bm25::build(std::span<const Text> documents, const Bm25Options& options) {
  if (!(options.k1 >= 0) || !(options.b >= 0 && options.b <= 1)) {
    throw error(ErrorCode::kUsage, "BM25: k1 {} and b {}: k1 is 0 or more, b from 0 to 1", options.k1, options.b);
  }
  if (documents.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    throw error(ErrorCode::kInput, "BM25: {} documents; an index holds up to {}", documents.size(), std::numeric_limits<int32_t>::max());
  }
  num_documents_ = static_cast<int64_t>(documents.size());
  Counts counts;
  counts.lengths.reserve(documents.size());
  Vocabulary words;  // as they are written -> term: a word is stemmed once
  EnglishStemmer stemmer;
  std::vector<int32_t> frequency;  // [terms]: in the document at hand
  std::vector<int32_t> present;    // its terms
  const auto term_of = [&](std::string_view word) {
    const auto known = words.find(word);
    if (known != words.end()) return known->second;
    int32_t term = kStopWord;
    if (!is_stop_word(word)) term = terms_.try_emplace(std::string(stemmer.stem(word)), static_cast<int32_t>(terms_.size())).first->second;
    return words.try_emplace(std::string(word), term).first->second;
  };
  for (size_t document = 0; document < documents.size(); ++document) {
    int32_t length = 0;
    present.clear();
    for_each_word(documents[document], [&](std::string_view word) {
      const int32_t term = term_of(word);
      if (term == kStopWord) return;
      frequency.resize(terms_.size());
      if (frequency[static_cast<size_t>(term)]++ == 0) present.push_back(term);
      ++length;
    });
    for (const int32_t term : present) {
      int32_t& count = frequency[static_cast<size_t>(term)];
      counts.occurrences.push_back({term, static_cast<int32_t>(document), count});
      count = 0;
    }
    counts.lengths.push_back(length);
  }
  fill_postings(counts, options);
}

void Bm25::fill_postings(const Counts& counts, const Bm25Options& options) {
  first_.assign(terms_.size() + 1, 0);
  for (const Occurrence& one : counts.occurrences) ++first_[static_cast<size_t>(one.term) + 1];
  for (size_t term = 0; term < terms_.size(); ++term) first_[term + 1] += first_[term];

  double words = 0;
  for (const int32_t length : counts.lengths) words += length;
  const auto mean_length = static_cast<float>(words / std::max<double>(1, static_cast<double>(num_documents_)));
  const auto documents = static_cast<double>(num_documents_);
  std::vector<int64_t> next(first_.begin(), first_.end() - 1);
  postings_.resize(counts.occurrences.size());
  for (const Occurrence& one : counts.occurrences) {
    const auto term = static_cast<size_t>(one.term);
    const auto holders = static_cast<double>(first_[term + 1] - first_[term]);
    const double idf = std::log(1 + (documents - holders + 0.5) / (holders + 0.5));
    const auto length = static_cast<float>(counts.lengths[static_cast<size_t>(one.document)]);
    const float saturation = options.k1 * ((1 - options.b) + options.b * length / mean_length);
    const double weight = idf * one.frequency / (static_cast<double>(one.frequency) + static_cast<double>(saturation));
    postings_[static_cast<size_t>(next[term]++)] = {one.document, static_cast<float>(weight)};
  }
}

// The postings of each word of the query that the index knows; of a word that stands twice, twice.
std::vector<std::span<const Bm25::Posting>> Bm25::postings_of(std::string_view query) const {
  std::vector<std::span<const Posting>> lists;
  for (const std::string& stem : bm25_terms(query)) {
    const auto found = terms_.find(std::string_view(stem));
    if (found == terms_.end()) continue;
    const auto term = static_cast<size_t>(found->second);
    lists.emplace_back(postings_.data() + first_[term], static_cast<size_t>(first_[term + 1] - first_[term]));
  }
  return lists;
}

std::vector<Bm25Hit> Bm25::top(std::string_view query, int k) const {
  if (k <= 0) return {};
  std::vector<float> scores(static_cast<size_t>(num_documents_));
  std::vector<int32_t> touched;
  for (const std::span<const Posting> list : postings_of(query)) {
    for (const Posting& posting : list) {
      float& score = scores[static_cast<size_t>(posting.document)];
      if (score == 0) touched.push_back(posting.document);  // weights are above 0, so each document is met once
      score += posting.weight;
    }
  }
  std::vector<Bm25Hit> heap;  // the worst of the best k in front
  for (const int32_t document : touched) {
    const Bm25Hit hit = {document, scores[static_cast<size_t>(document)]};
    if (heap.size() < static_cast<size_t>(k)) {
      heap.push_back(hit);
      std::push_heap(heap.begin(), heap.end(), better);
    } else if (better(hit, heap.front())) {
      std::pop_heap(heap.begin(), heap.end(), better);
      heap.back() = hit;
      std::push_heap(heap.begin(), heap.end(), better);
    }
  }
  std::sort_heap(heap.begin(), heap.end(), better);
  return heap;
}

std::vector<float> Bm25::scores(std::string_view query, std::span<const int32_t> documents) const {
  for (const int32_t document : documents) {
    if (document < 0 || document >= num_documents_)
      throw error(ErrorCode::kUsage, "BM25: no document {}; the index has {}", document, num_documents_);
  }
  std::vector<float> scores(documents.size());
  for (const std::span<const Posting> list : postings_of(query)) {
    for (size_t i = 0; i < documents.size(); ++i) {
      const auto before = [](const Posting& posting, int32_t document) { return posting.document < document; };
      const auto found = std::lower_bound(list.begin(), list.end(), documents[i], before);
      if (found != list.end() && found->document == documents[i]) scores[i] += found->weight;
    }
  }
  return scores;
}

std::vector<std::string> bm25_terms(std::string_view text) {
  EnglishStemmer stemmer;
  std::vector<std::string> terms;
  for_each_word(text, [&](std::string_view word) {
    if (!is_stop_word(word)) terms.emplace_back(stemmer.stem(word));
  });
  return terms;
}

}  // namespace crossrank
