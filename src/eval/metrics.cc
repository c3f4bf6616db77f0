#include "eval/metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

namespace crossrank {
namespace {

std::vector<size_t> indices(size_t size) {
  std::vector<size_t> order(size);
  std::iota(order.begin(), order.end(), size_t{0});
  return order;
}

// Positions by falling score; equal scores in any order.
std::vector<size_t> by_falling_score(std::span<const float> scores) {
  std::vector<size_t> order = indices(scores.size());
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  return order;
}

// Calls group(first, last) for each run of equal scores, [first, last) in `order`, highest first.
template <typename Group>
void for_each_tie(std::span<const size_t> order, std::span<const float> scores, Group&& group) {
  for (size_t first = 0; first < order.size();) {
    size_t last = first + 1;
    while (last < order.size() && scores[order[last]] == scores[order[first]]) ++last;
    group(first, last);
    first = last;
  }
}

double discount(size_t rank_from_0) { return 1.0 / std::log2(static_cast<double>(rank_from_0) + 2.0); }

double dcg(std::span<const int> gains, int k) {
  double sum = 0;
  for (size_t rank = 0; rank < std::min(gains.size(), static_cast<size_t>(k)); ++rank) sum += std::max(gains[rank], 0) * discount(rank);
  return sum;
}

int64_t count_relevant(std::span<const int> grades) {
  return std::count_if(grades.begin(), grades.end(), [](int grade) { return grade > 0; });
}

std::span<const int> first_k(std::span<const int> ranked, int k) { return ranked.first(std::min(ranked.size(), static_cast<size_t>(k))); }

template <typename Label>
double average_precision_of(std::span<const Label> relevant, std::span<const float> scores) {
  const auto total = static_cast<double>(std::count(relevant.begin(), relevant.end(), Label{1}));
  if (total == 0) return 0;
  const std::vector<size_t> order = by_falling_score(scores);
  double found = 0, sum = 0;
  for_each_tie(order, scores, [&](size_t first, size_t last) {
    double here = 0;
    for (size_t i = first; i < last; ++i) here += relevant[order[i]] == 1 ? 1 : 0;
    found += here;
    sum += here / total * (found / static_cast<double>(last));
  });
  return sum;
}

// Midway between a score and the next lower one, in float; rounding must not let the lower one in.
float threshold_between(float score, float lower) {
  const float middle = (score + lower) / 2;
  return middle == lower ? score : middle;
}

// Values as deviations from their mean, of length 1; scaled first, so that no square overflows (as SciPy does).
std::vector<double> unit_deviations(std::span<const double> values) {
  const double center = mean(values);
  std::vector<double> out(values.begin(), values.end());
  double largest = 0;
  for (double& value : out) {
    value -= center;
    largest = std::max(largest, std::abs(value));
  }
  if (largest == 0) return out;
  double squares = 0;
  for (const double value : out) squares += (value / largest) * (value / largest);
  const double norm = largest * std::sqrt(squares);
  for (double& value : out) value /= norm;
  return out;
}

bool is_constant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

}  // namespace

double ndcg(std::span<const uint8_t> relevant, std::span<const float> scores, int k) {
  // discounts[r]: the sum of the discounts of the first r ranks; those after rank k count nothing.
  std::vector<double> discounts(scores.size() + 1, 0.0);
  for (size_t rank = 0; rank < scores.size(); ++rank)
    discounts[rank + 1] = discounts[rank] + (rank < static_cast<size_t>(k) ? discount(rank) : 0);
  const auto total = static_cast<size_t>(std::count(relevant.begin(), relevant.end(), 1));
  if (total == 0) return 0;
  const std::vector<size_t> order = by_falling_score(scores);
  double gained = 0;
  for_each_tie(order, scores, [&](size_t first, size_t last) {
    double gains = 0;
    for (size_t i = first; i < last; ++i) gains += relevant[order[i]];
    gained += gains / static_cast<double>(last - first) * (discounts[last] - discounts[first]);
  });
  return gained / discounts[total];
}

double average_precision(std::span<const uint8_t> relevant, std::span<const float> scores) {
  return average_precision_of(relevant, scores);
}

double average_precision(std::span<const int64_t> labels, std::span<const float> scores) { return average_precision_of(labels, scores); }

double reciprocal_rank(std::span<const uint8_t> relevant, std::span<const float> scores, int k) {
  std::vector<size_t> order = indices(scores.size());
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a > b; });
  for (size_t rank = 0; rank < std::min(order.size(), static_cast<size_t>(k)); ++rank) {
    if (relevant[order[rank]] != 0) return 1.0 / static_cast<double>(rank + 1);
  }
  return 0;
}

bool reciprocal_rank_hangs_on_ties(std::span<const uint8_t> relevant, std::span<const float> scores, int k) {
  float best = -std::numeric_limits<float>::infinity();
  bool any = false;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (relevant[i] == 0) continue;
    best = std::max(best, scores[i]);
    any = true;
  }
  int higher = 0;
  bool tied = false;
  for (size_t i = 0; i < scores.size(); ++i) {
    higher += scores[i] > best ? 1 : 0;
    tied = tied || (relevant[i] == 0 && scores[i] == best);
  }
  return any && tied && higher < k;
}

double graded_ndcg(std::span<const int> ranked, std::span<const int> judged, int k) {
  std::vector<int> ideal(judged.begin(), judged.end());
  std::sort(ideal.begin(), ideal.end(), std::greater<>());
  const double best = dcg(ideal, k);
  return best == 0 ? 0 : dcg(ranked, k) / best;
}

double graded_average_precision(std::span<const int> ranked, std::span<const int> judged, int k) {
  const auto total = static_cast<double>(count_relevant(judged));
  if (total == 0) return 0;
  double found = 0, sum = 0;
  for (size_t rank = 0; rank < first_k(ranked, k).size(); ++rank) {
    if (ranked[rank] <= 0) continue;
    found += 1;
    sum += found / static_cast<double>(rank + 1);
  }
  return sum / total;
}

double graded_reciprocal_rank(std::span<const int> ranked, int k) {
  const std::span<const int> top = first_k(ranked, k);
  const auto first = std::find_if(top.begin(), top.end(), [](int grade) { return grade > 0; });
  return first == top.end() ? 0 : 1.0 / static_cast<double>(first - top.begin() + 1);
}

double graded_recall(std::span<const int> ranked, std::span<const int> judged, int k) {
  const int64_t total = count_relevant(judged);
  return total == 0 ? 0 : static_cast<double>(count_relevant(first_k(ranked, k))) / static_cast<double>(total);
}

BestAccuracy best_accuracy(std::span<const int64_t> labels, std::span<const float> scores) {
  const std::vector<size_t> order = by_falling_score(scores);
  const auto size = static_cast<double>(labels.size());
  int64_t right = std::count(labels.begin(), labels.end(), 0);  // with every pair called 0
  BestAccuracy best;
  if (order.empty()) return best;
  best.accuracy = static_cast<double>(right) / size;
  best.threshold = std::nextafter(scores[order.front()], std::numeric_limits<float>::infinity());
  for_each_tie(order, scores, [&](size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) right += labels[order[i]] == 1 ? 1 : -1;
    const double accuracy = static_cast<double>(right) / size;
    if (accuracy <= best.accuracy) return;
    const float score = scores[order[first]];
    best = {accuracy, last == order.size() ? score : threshold_between(score, scores[order[last]])};
  });
  return best;
}

BestF1 best_f1(std::span<const int64_t> labels, std::span<const float> scores) {
  const std::vector<size_t> order = by_falling_score(scores);
  const auto total = static_cast<double>(std::count(labels.begin(), labels.end(), 1));
  double found = 0;
  BestF1 best;
  for_each_tie(order, scores, [&](size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) found += labels[order[i]] == 1 ? 1 : 0;
    if (found == 0) return;
    const double precision = found / static_cast<double>(last), recall = found / total;
    const double f1 = 2 * precision * recall / (precision + recall);
    if (f1 <= best.f1) return;
    const float score = scores[order[first]];
    best = {f1, precision, recall, last == order.size() ? score : threshold_between(score, scores[order[last]])};
  });
  return best;
}

F1Averages f1_averages(std::span<const int64_t> labels, std::span<const int64_t> predicted) {
  struct Counts {
    double hits = 0, labelled = 0, predicted = 0;
  };
  std::map<int64_t, Counts> classes;
  double hits = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    classes[labels[i]].labelled += 1;
    classes[predicted[i]].predicted += 1;
    if (labels[i] != predicted[i]) continue;
    classes[labels[i]].hits += 1;
    hits += 1;
  }
  F1Averages out;
  if (labels.empty()) return out;
  const auto size = static_cast<double>(labels.size());
  for (const auto& [label, counts] : classes) {
    const double f1 = 2 * counts.hits / (counts.labelled + counts.predicted);  // a class is here for one of the two, so never 0 / 0
    out.macro += f1 / static_cast<double>(classes.size());
    out.weighted += f1 * counts.labelled / size;
  }
  out.micro = hits / size;  // each pair has one label and one prediction, so precision, recall and F1 of all decisions are one number
  return out;
}

double pearson(std::span<const double> x, std::span<const double> y) {
  if (x.size() < 2 || is_constant(x) || is_constant(y)) return std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> a = unit_deviations(x), b = unit_deviations(y);
  const double r = std::clamp(std::inner_product(a.begin(), a.end(), b.begin(), 0.0), -1.0, 1.0);
  return x.size() == 2 ? std::round(r) : r;  // two points are on a line: exactly 1 or -1, as SciPy promises
}

double spearman(std::span<const double> x, std::span<const double> y) { return pearson(average_ranks(x), average_ranks(y)); }

std::vector<double> average_ranks(std::span<const double> values) {
  std::vector<size_t> order = indices(values.size());
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t first = 0; first < order.size();) {
    size_t last = first + 1;
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    for (size_t i = first; i < last; ++i) ranks[order[i]] = static_cast<double>(first + last + 1) / 2;
    first = last;
  }
  return ranks;
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace crossrank
