#include "mining/mining_options.h"

#include <cmath>

#include "base/error.h"

namespace crossrank {
namespace {

bool only_defaults(const MiningOptions& options) {
  return options.range_min == 0 && !options.range_max && !options.has_bound() && options.sampling_strategy == SamplingStrategy::kTop;
}

void replace_deprecated(MiningOptions& options, std::vector<std::string>& notes) {
  if (options.as_triplets) {
    options.output_format = *options.as_triplets ? MinedFormat::kTriplet : MinedFormat::kNTuple;
    notes.push_back(
        fmt::format("--as-triplets is deprecated: the output format is {}; write --output-format", option_name(options.output_format)));
    options.as_triplets.reset();
  }
  if (options.margin) {
    options.absolute_margin = options.margin;
    notes.push_back(fmt::format("--margin is deprecated: the absolute margin is {}; write --absolute-margin or --relative-margin",
                                python_number(*options.margin)));
    options.margin.reset();
  }
  if (options.output_format == MinedFormat::kNTupleScores && !options.include_positives) {
    options.output_format = MinedFormat::kNTuple;
    options.output_scores = true;
    notes.emplace_back("--output-format n-tuple-scores is deprecated: write --output-format n-tuple --output-scores");
  }
}

void check_number(std::string_view name, const std::optional<double>& value) {
  if (value && !std::isfinite(*value))
    throw error(ErrorCode::kUsage, "--{}: {} is no bound; give a number, or leave the option away", name, *value);
}

}  // namespace

std::vector<std::string> settle(MiningOptions& options) {
  std::vector<std::string> notes;
  replace_deprecated(options, notes);
  if (options.include_positives) {
    if (!only_defaults(options)) {
      notes.emplace_back(
          "--include-positives: ranges, scores, margins and sampling other than the defaults may still discard the positives");
    }
    if (options.output_format != MinedFormat::kNTuple) {
      options.output_format = MinedFormat::kNTuple;
      notes.emplace_back("--include-positives: the output format is n-tuple, so that the order of the ranking is kept");
    }
  }
  check_number("max-score", options.max_score);
  check_number("min-score", options.min_score);
  check_number("absolute-margin", options.absolute_margin);
  check_number("relative-margin", options.relative_margin);
  if (options.faiss_batch_size < 1) {
    throw error(ErrorCode::kUsage, "--faiss-batch-size must be at least 1, and is {}", options.faiss_batch_size);
  }
  if (options.num_negatives < 1) throw error(ErrorCode::kUsage, "--num-negatives must be at least 1, and is {}", options.num_negatives);
  if (options.range_min < 0) throw error(ErrorCode::kUsage, "--range-min must not be negative, and is {}", options.range_min);
  if (options.range_max) range_max_of(options, 0, false);  // wrong before anything is read
  return notes;
}

int64_t range_max_of(const MiningOptions& options, int64_t max_positives, bool with_cross_encoder) {
  const int64_t range_min = options.range_min, negatives = options.num_negatives;
  // A bound on scores may refuse candidates; min_score alone refuses the last ones only, unless a cross-encoder scored them anew.
  const bool may_refuse = options.has_margin() || options.max_score || (with_cross_encoder && options.min_score);
  const int64_t range_max = options.range_max ? *options.range_max : range_min + negatives * (may_refuse ? 10 : 1) + max_positives;
  if (range_min >= range_max) {
    throw error(ErrorCode::kUsage, "--range-min must be smaller than --range-max: they are {} and {}", range_min, range_max);
  }
  if (negatives > range_max - range_min) {
    throw error(
        ErrorCode::kUsage,
        "{} negatives for each query cannot be mined: {} candidates remain of --range-max {} after the first {} (--range-min); lower "
        "--num-negatives or --range-min, or raise --range-max",
        negatives, range_max - range_min, range_max, range_min);
  }
  return range_max;
}

}  // namespace crossrank
