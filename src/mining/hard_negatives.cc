#include "mining/hard_negatives.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "mining/python_random.h"

namespace crossrank {
namespace {

struct Candidate {
  float score;
  int32_t index;
};

// Bounds as the reference holds them against scores: in single precision.
struct Bounds {
  explicit Bounds(const MiningOptions& options)
      : absolute_margin(options.absolute_margin),
        relative_margin(options.relative_margin),
        max_score(options.max_score),
        min_score(options.min_score) {}

  // nothing, or a float
  struct Bound {
    explicit Bound(const std::optional<double>& option) : set(option.has_value()), value(static_cast<float>(option.value_or(0))) {}
    bool set;
    float value;
  };
  Bound absolute_margin, relative_margin, max_score, min_score;
};

struct Counts {
  int64_t absolute_margin = 0, relative_margin = 0, max_score = 0;
};

class Selector {
 public:
  Selector(const MiningOptions& options, int64_t range_max)
      : options_(options), bounds_(options), range_max_(range_max), random_(options.seed) {}

  // The candidates of one query that may be negatives, best first.
  void keep(std::span<const float> scores, std::span<const int32_t> indices, std::span<const int32_t> positives, float lowest_positive) {
    kept_.clear();
    positives_.assign(positives.begin(), positives.end());
    std::sort(positives_.begin(), positives_.end());
    for (size_t i = 0; i < scores.size(); ++i) {
      if (indices[i] == kNoDocument) continue;
      if (!options_.include_positives && std::binary_search(positives_.begin(), positives_.end(), indices[i])) continue;
      if (!refused(scores[i], lowest_positive)) kept_.push_back({scores[i], indices[i]});
    }
    const auto better = [](const Candidate& left, const Candidate& right) { return left.score > right.score; };
    std::stable_sort(kept_.begin(), kept_.end(), better);
    possible_ += static_cast<int64_t>(kept_.size());
    if (static_cast<int64_t>(kept_.size()) > range_max_) kept_.resize(static_cast<size_t>(range_max_));
    kept_.erase(kept_.begin(), kept_.begin() + std::min<std::ptrdiff_t>(options_.range_min, std::ssize(kept_)));
    if (options_.sampling_strategy == SamplingStrategy::kRandom) {
      sample();
      std::stable_sort(kept_.begin(), kept_.end(), better);
    } else if (std::ssize(kept_) > options_.num_negatives) {
      kept_.resize(static_cast<size_t>(options_.num_negatives));
    }
  }

  const std::vector<Candidate>& kept() const { return kept_; }

  // What was refused of a table of so many places.
  std::vector<Refused> report(int64_t places) const {
    std::vector<Refused> list;
    const int64_t table = places;
    const auto add = [&](std::string_view name, const std::optional<double>& bound, int64_t skipped) {
      if (bound && skipped > 0) list.push_back({name, *bound, skipped, static_cast<double>(skipped) / static_cast<double>(places)});
    };
    add("absolute_margin", options_.absolute_margin, counts_.absolute_margin);
    places -= counts_.absolute_margin;
    add("relative_margin", options_.relative_margin, counts_.relative_margin);
    places -= counts_.relative_margin;
    add("max_score", options_.max_score, counts_.max_score);
    add("min_score", options_.min_score, table - possible_);  // an absent or refused candidate scores below every bound
    return list;
  }

 private:
  // A candidate is counted by the first bound that refuses it.
  bool refused(float score, float lowest_positive) {
    if (bounds_.absolute_margin.set && score + bounds_.absolute_margin.value > lowest_positive) return ++counts_.absolute_margin, true;
    if (bounds_.relative_margin.set) {
      // Less a share of its magnitude, not times a share: the latter would raise a negative threshold.
      const float threshold = lowest_positive - std::abs(lowest_positive) * bounds_.relative_margin.value;
      if (score > threshold) return ++counts_.relative_margin, true;
    }
    if (bounds_.max_score.set && score > bounds_.max_score.value) return ++counts_.max_score, true;
    return bounds_.min_score.set && score < bounds_.min_score.value;
  }

  // The reference draws from absent documents where there are too few, and drops them later.
  void sample() {
    const auto there = std::ssize(kept_);
    drawn_.clear();
    for (const int64_t place : random_.sample(std::max<int64_t>(there, options_.num_negatives), options_.num_negatives)) {
      if (place < there) drawn_.push_back(kept_[static_cast<size_t>(place)]);
    }
    kept_.swap(drawn_);
  }

  const MiningOptions& options_;
  Bounds bounds_;
  int64_t range_max_;
  PythonRandom random_;
  Counts counts_;
  int64_t possible_ = 0;  // candidates that no bound refused
  std::vector<Candidate> kept_, drawn_;
  std::vector<int32_t> positives_;
};

}  // namespace

Negatives select_negatives(const MiningOptions& options, int64_t range_max, const MiningPairs& pairs, const Candidates& candidates,
                           std::span<const float> positive_scores) {
  Selector selector(options, range_max);
  Negatives negatives;
  negatives.first.reserve(static_cast<size_t>(candidates.queries) + 1);
  negatives.first.push_back(0);
  for (int64_t query = 0; query < candidates.queries; ++query) {
    const auto first = static_cast<size_t>(pairs.first_pair(query)), end = static_cast<size_t>(pairs.first_pair(query + 1));
    const auto scores = positive_scores.subspan(first, end - first);
    selector.keep(candidates.scores_of(query), candidates.indices_of(query), pairs.positives_of(query),
                  *std::min_element(scores.begin(), scores.end()));
    for (const Candidate& candidate : selector.kept()) {
      negatives.indices.push_back(candidate.index);
      negatives.scores.push_back(candidate.score);
    }
    negatives.first.push_back(static_cast<int64_t>(negatives.indices.size()));
  }
  negatives.refused = selector.report(candidates.queries * (range_max + pairs.max_rows_of_a_query()));
  return negatives;
}

}  // namespace crossrank
