#include "mining/mining_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace crossrank {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// torch.quantile of sorted values, which interpolates from the nearer end.
float quantile(const std::vector<float>& sorted, float q) {
  if (sorted.empty()) return kInfinity;
  const float rank = q * static_cast<float>(sorted.size() - 1);
  const auto below = static_cast<size_t>(std::floor(rank));
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const float weight = rank - std::floor(rank), step = sorted[above] - sorted[below];
  return weight < 0.5F ? sorted[below] + weight * step : sorted[above] - step * (1 - weight);
}

// Rows that there would be had every query enough negatives, as the reference counts them for each format.
int64_t possible_rows(const MiningOptions& options, const MiningPairs& pairs) {
  switch (options.output_format) {
    case MinedFormat::kTriplet:
      return pairs.num_pairs() * options.num_negatives;
    case MinedFormat::kLabeledPair:
      return pairs.queries().size() * options.num_negatives + pairs.num_rows();
    case MinedFormat::kNTuple:
    case MinedFormat::kNTupleScores:
    case MinedFormat::kLabeledList:
      break;
  }
  return pairs.num_pairs();
}

std::string row(std::string_view name, std::string_view positive, std::string_view negative, std::string_view difference) {
  return fmt::format("{:<6} {:>14} {:>14} {:>14}\n", name, positive, negative, difference);
}

// Four places; differences that are nothing but rounding have no sign.
std::string four_places(float value) {
  std::string text = fmt::format("{:.4f}", value);
  return text == "-0.0000" ? "0.0000" : text;
}

// What may be changed to find more: "range_max, relative_margin and max_score".
std::string considerations(const MiningOptions& options) {
  std::vector<std::string_view> names = {"range_max"};
  if (options.range_min > 0) names.emplace_back("range_min");
  if (options.absolute_margin) names.emplace_back("absolute_margin");
  if (options.relative_margin) names.emplace_back("relative_margin");
  if (options.max_score) names.emplace_back("max_score");
  if (names.size() == 1) return "range_max parameter";
  const std::string_view last = names.back();
  names.pop_back();
  return fmt::format("{} and {} parameters", fmt::join(names, ", "), last);
}

}  // namespace

ScoreSummary::ScoreSummary(std::vector<float> scores) : count(std::ssize(scores)) {
  std::sort(scores.begin(), scores.end());
  double sum = 0, squares = 0;
  for (const float score : scores) sum += score;
  const double average = sum / static_cast<double>(count);
  for (const float score : scores) squares += (score - average) * (score - average);
  mean = count > 0 ? static_cast<float>(average) : kNaN;
  deviation = count > 1 ? static_cast<float>(std::sqrt(squares / static_cast<double>(count - 1))) : kNaN;
  median = scores.empty() ? kNaN : scores[(scores.size() - 1) / 2];
  min = scores.empty() ? kInfinity : scores.front();
  max = scores.empty() ? -kInfinity : scores.back();
  quarter = quantile(scores, 0.25F);
  half = quantile(scores, 0.5F);
  three_quarters = quantile(scores, 0.75F);
}

MiningReport mining_report(const MiningOptions& options, const MiningPairs& pairs, std::span<const float> positive_scores,
                           const Negatives& negatives, int64_t rows) {
  std::vector<float> negative, difference;
  for (int64_t pair = 0; pair < pairs.num_pairs(); ++pair) {
    const auto scores = negatives.scores_of(pairs.query_of(pair));
    if (options.output_format == MinedFormat::kNTuple && std::ssize(scores) != options.num_negatives) continue;
    for (const float score : scores) {
      negative.push_back(score);
      difference.push_back(positive_scores[static_cast<size_t>(pair)] - score);
    }
  }
  return {.options = options,
          .positive = ScoreSummary({positive_scores.begin(), positive_scores.end()}),
          .negative = ScoreSummary(std::move(negative)),
          .difference = ScoreSummary(std::move(difference)),
          .refused = negatives.refused,
          .rows = rows,
          .possible_rows = possible_rows(options, pairs)};
}

std::string MiningReport::text() const {
  std::string out = row("Metric", "Positive", "Negative", "Difference");
  out += row("Count", with_thousands(positive.count), with_thousands(negative.count), "");
  struct Metric {
    std::string_view name;
    float ScoreSummary::*value;
  };
  constexpr Metric kMetrics[] = {{"Mean", &ScoreSummary::mean},          {"Median", &ScoreSummary::median},
                                 {"Std", &ScoreSummary::deviation},      {"Min", &ScoreSummary::min},
                                 {"25%", &ScoreSummary::quarter},        {"50%", &ScoreSummary::half},
                                 {"75%", &ScoreSummary::three_quarters}, {"Max", &ScoreSummary::max}};
  for (const Metric& metric : kMetrics) {
    out +=
        row(metric.name, four_places(positive.*metric.value), four_places(negative.*metric.value), four_places(difference.*metric.value));
  }
  for (const Refused& part : refused) {
    out += fmt::format("Skipped {} potential negatives ({:.2f}%) due to the {} of {}.\n", with_thousands(part.skipped), part.ratio * 100,
                       part.option, python_number(part.bound));
  }
  if (const int64_t missing = possible_rows - rows; missing > 0) {
    out += fmt::format(
        "Could not find enough negatives for {} samples ({:.2f}%). Consider adjusting the {} if you'd like to find more valid negatives.\n",
        missing, 100 * static_cast<double>(missing) / static_cast<double>(possible_rows), considerations(options));
  }
  return out;
}

std::string with_thousands(int64_t number) {
  std::string text = std::to_string(number);
  const size_t digits_from = number < 0 ? 1 : 0;
  for (size_t at = text.size(); at > digits_from + 3;) text.insert(at -= 3, ",");
  return text;
}

}  // namespace crossrank
