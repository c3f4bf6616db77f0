// MiningOptions: what mine_hard_negatives of Sentence Transformers can be told, with its names, defaults and meanings.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/option_names.h"
#include "base/python_number.h"

namespace crossrank {

/// What a row of the result is.
enum class MinedFormat {
  kTriplet,       ///< query, positive, negative
  kNTuple,        ///< query, positive, negative_1 .. negative_n; queries with fewer are left out
  kNTupleScores,  ///< deprecated: n-tuple with scores
  kLabeledPair,   ///< query, document, label 1 or 0
  kLabeledList,   ///< query, list of documents, list of labels
};
enum class SamplingStrategy { kTop, kRandom };

inline constexpr Named<MinedFormat> kMinedFormatNames[] = {{"triplet", MinedFormat::kTriplet},
                                                           {"n-tuple", MinedFormat::kNTuple},
                                                           {"n-tuple-scores", MinedFormat::kNTupleScores},
                                                           {"labeled-pair", MinedFormat::kLabeledPair},
                                                           {"labeled-list", MinedFormat::kLabeledList}};
inline constexpr Named<SamplingStrategy> kSamplingStrategyNames[] = {{"top", SamplingStrategy::kTop},
                                                                     {"random", SamplingStrategy::kRandom}};
constexpr std::span<const Named<MinedFormat>> option_names(MinedFormat) { return kMinedFormatNames; }
constexpr std::span<const Named<SamplingStrategy>> option_names(SamplingStrategy) { return kSamplingStrategyNames; }

struct MiningOptions {
  std::string anchor_column = {};    // empty: the first column
  std::string positive_column = {};  // empty: the second column
  int num_negatives = 3;
  int range_min = 0;
  std::optional<int> range_max = {};  // absent: as many as the other options need, see range_max_of
  std::optional<double> max_score = {}, min_score = {};
  std::optional<double> absolute_margin = {}, relative_margin = {};
  SamplingStrategy sampling_strategy = SamplingStrategy::kTop;
  int seed = 0;  // of Python's random, for sampling_strategy random
  bool include_positives = false;
  MinedFormat output_format = MinedFormat::kTriplet;
  bool output_scores = false;
  int faiss_batch_size = 16'384;
  std::optional<double> margin = {};     // deprecated: absolute_margin
  std::optional<bool> as_triplets = {};  // deprecated: triplet or n-tuple

  static constexpr void visit(auto& self, auto&& field) {
    field("anchor-column-name", self.anchor_column, "column with the queries (default: the first)");
    field("positive-column-name", self.positive_column, "column with their answers (default: the second)");
    field("num-negatives", self.num_negatives, "negatives for each query");
    field("range-min", self.range_min, "best candidates to pass over, which may be answers that nobody marked");
    field("range-max", self.range_max, "candidates to choose from (default: as many as the other options need)");
    field("max-score", self.max_score, "highest score of a negative");
    field("min-score", self.min_score, "lowest score of a negative");
    field("absolute-margin", self.absolute_margin, "how far a negative must score below the query's lowest positive");
    field("relative-margin", self.relative_margin, "the same as a share of that positive's score: 0.05 keeps those 5% below it");
    field("sampling-strategy", self.sampling_strategy, "top (the best candidates) or random (any of the range)");
    field("seed", self.seed, "seed of --sampling-strategy random: that of Python's random.seed");
    field("include-positives", self.include_positives,
          "let positives be among the candidates: a whole ranking, for evaluation; sets n-tuple");
    field("output-format", self.output_format, "triplet, n-tuple, n-tuple-scores, labeled-pair, labeled-list");
    field("output-scores", self.output_scores, "write scores, in labeled formats instead of labels");
    field("faiss-batch-size", self.faiss_batch_size, "queries searched at once, at most");
    field("margin", self.margin, "deprecated: --absolute-margin");
    field("as-triplets", self.as_triplets, "deprecated: --output-format triplet (true) or n-tuple (false)");
  }

  bool has_margin() const { return absolute_margin || relative_margin; }
  bool has_bound() const { return has_margin() || max_score || min_score; }
};

/// Replaces deprecated options by those that they stand for and makes the format follow from include_positives; what was changed, a
/// sentence each. Error(kUsage) for numbers that make no sense whatever the data are.
std::vector<std::string> settle(MiningOptions& options);

/// How many candidates to choose from: range_max where it is given, else num_negatives after range_min, ten times as many where a bound may
/// refuse some, and one more for each of the `max_positives` that a query has at most. Error(kUsage) where too few remain.
int64_t range_max_of(const MiningOptions& options, int64_t max_positives, bool with_cross_encoder);

}  // namespace crossrank
