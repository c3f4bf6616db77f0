#include "eval/evaluator.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.h"

namespace crossrank {
namespace {

// Many times what the model sorts by length at once, and small beside the texts of its pairs.
constexpr size_t kWindowPairs = 65'536;

struct PairHash {
  size_t operator()(const TextPair& pair) const {
    const std::hash<std::string_view> hash;
    return hash(pair.query) * 1'000'003 ^ hash(pair.document);
  }
};
struct SamePair {
  bool operator()(const TextPair& a, const TextPair& b) const { return a.query == b.query && a.document == b.document; }
};

// A window's pairs, each once, and which of them each pair of the window is.
struct Distinct {
  std::vector<TextPair> pairs;
  std::vector<size_t> first;  // [distinct pairs]: where it stands in the window
  std::vector<size_t> index;  // [window]
};

Distinct distinct_pairs(std::span<const TextPair> window) {
  Distinct out;
  out.index.reserve(window.size());
  std::unordered_map<TextPair, size_t, PairHash, SamePair> seen;
  for (size_t i = 0; i < window.size(); ++i) {
    const auto [entry, is_new] = seen.emplace(window[i], out.pairs.size());
    if (is_new) {
      out.pairs.push_back(window[i]);
      out.first.push_back(i);
    }
    out.index.push_back(entry->second);
  }
  return out;
}

bool is_about_a_pair(const Error& error) { return error.code() == ErrorCode::kModel || error.code() == ErrorCode::kInput; }

// Which of the pairs, one of which fails, fails alone: found by halves, in no more time than scoring them all took.
size_t failing_pair(std::span<const TextPair> pairs, const PairScorer& scorer) {
  size_t first = 0, count = pairs.size();
  while (count > 1) {
    const size_t half = count / 2;
    try {
      scorer(pairs.subspan(first, half), {});
      first += half;
      count -= half;
    } catch (const Error& error) {
      if (!is_about_a_pair(error)) throw;
      count = half;
    }
  }
  return first;
}

}  // namespace

std::string prefixed(const std::string& name, std::string_view metric) {
  return name.empty() ? std::string(metric) : name + "_" + std::string(metric);
}

std::vector<std::string> prefixed(const std::string& name, std::span<const std::string_view> metrics) {
  std::vector<std::string> names;
  for (const std::string_view metric : metrics) names.push_back(prefixed(name, metric));
  return names;
}

PairScorer scorer_of(const Reranker& reranker, const PredictOptions& options) {
  return [&reranker, options](std::span<const TextPair> pairs, const Progress& progress) {
    LabelScores scores = reranker.predict_labels(pairs, options, progress);
    return PairScores{scores.num_labels, std::move(scores.values)};
  };
}

PairScores score_pairs(std::span<const TextPair> pairs, const PairScorer& scorer, const std::function<std::string(size_t pair)>& where,
                       const Progress& progress) {
  PairScores all;
  const auto total = static_cast<int64_t>(pairs.size());
  for (size_t begin = 0; begin < pairs.size(); begin += kWindowPairs) {
    const std::span<const TextPair> window = pairs.subspan(begin, std::min(kWindowPairs, pairs.size() - begin));
    const Distinct distinct = distinct_pairs(window);
    const Progress window_progress = [&](int64_t done, int64_t of) {
      if (progress && of > 0) progress(static_cast<int64_t>(begin) + done * static_cast<int64_t>(window.size()) / of, total);
    };
    PairScores scores;
    try {
      scores = scorer(distinct.pairs, window_progress);
    } catch (const Error& error) {
      if (!is_about_a_pair(error)) throw;
      const size_t pair = begin + distinct.first[failing_pair(distinct.pairs, scorer)];
      throw Error(error.code(), where(pair) + ": " + error.what());
    }
    all.num_labels = scores.num_labels;
    const auto labels = static_cast<size_t>(scores.num_labels);
    for (size_t i = 0; i < window.size(); ++i) {
      for (size_t label = 0; label < labels; ++label) {
        const float value = scores.values[distinct.index[i] * labels + label];
        if (!std::isfinite(value)) {
          throw error(ErrorCode::kModel, "{}: the model's score is {}, which cannot be ranked: its weights are damaged or overflow",
                      where(begin + i), value);
        }
        all.values.push_back(value);
      }
    }
  }
  return all;
}

std::vector<float> score_single_label(std::span<const TextPair> pairs, const PairScorer& scorer,
                                      const std::function<std::string(size_t pair)>& where, const Progress& progress) {
  PairScores scores = score_pairs(pairs, scorer, where, progress);
  if (scores.num_labels != 1) {
    throw error(ErrorCode::kModel, "the model has {} labels, and this task needs one score a pair; use a model with one label",
                scores.num_labels);
  }
  return std::move(scores.values);
}

}  // namespace crossrank
