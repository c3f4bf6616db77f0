#include "eval/reranking.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "base/error.h"
#include "eval/metrics.h"
#include "eval/results_file.h"

namespace crossrank {
namespace {

// What is ranked for a sample, and what of it is relevant.
struct Candidates {
  std::vector<std::string_view> documents;
  std::vector<uint8_t> relevant;

  int64_t num_relevant() const { return std::count(relevant.begin(), relevant.end(), 1); }
};

// A document is relevant when its text is that of a positive, so that a text given twice counts twice.
Candidates candidates_of(const RerankingSample& sample, bool always_rerank_positives) {
  Candidates out;
  const auto add = [&](std::string_view document, bool relevant) {
    out.documents.push_back(document);
    out.relevant.push_back(relevant ? 1 : 0);
  };
  const std::unordered_set<std::string_view> positives(sample.positive.begin(), sample.positive.end());
  if (!sample.documents) {
    for (const std::string& document : sample.positive) add(document, true);
    for (const std::string& document : sample.negative) add(document, false);
    return out;
  }
  if (always_rerank_positives) {
    for (const std::string& document : sample.positive) add(document, true);
  }
  for (const std::string& document : *sample.documents) {
    const bool relevant = positives.count(document) > 0;
    if (!relevant || !always_rerank_positives) add(document, relevant);
  }
  return out;
}

// The base order: the documents as given, then the positives that they lack. Documents may hold a positive twice, and then none is added.
std::vector<uint8_t> base_relevance(const RerankingSample& sample) {
  const std::unordered_set<std::string_view> positives(sample.positive.begin(), sample.positive.end());
  std::vector<uint8_t> relevant;
  for (const std::string& document : *sample.documents) relevant.push_back(positives.count(document) > 0 ? 1 : 0);
  const int64_t found = std::count(relevant.begin(), relevant.end(), 1);
  const auto lacking = static_cast<int64_t>(sample.positive.size()) - found;
  if (found > 0 && lacking > 0) relevant.insert(relevant.end(), static_cast<size_t>(lacking), 1);
  return relevant;
}

// The three metrics' values, a query each.
struct Values {
  std::vector<double> map, mrr, ndcg;

  void add(std::span<const uint8_t> relevant, std::span<const float> scores, int k) {
    map.push_back(average_precision(relevant, scores));
    mrr.push_back(reciprocal_rank(relevant, scores, k));
    ndcg.push_back(crossrank::ndcg(relevant, scores, k));
  }
  void add_zeros() {
    for (auto* values : {&map, &mrr, &ndcg}) values->push_back(0);
  }
  std::vector<Metric> means(int k, const Values& base) const {
    const auto both = [](std::string name, const std::vector<double>& reached, const std::vector<double>& before) {
      return Metric{std::move(name), mean(reached), before.empty() ? std::nullopt : std::optional(mean(before))};
    };
    const std::array<std::string, 3> names = ranking_metrics(k);
    return {both(names[0], map, base.map), both(names[1], mrr, base.mrr), both(names[2], ndcg, base.ndcg)};
  }
};

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

void add_base(const RerankingSample& sample, int k, Values& values) {
  const std::vector<uint8_t> relevant = base_relevance(sample);
  if (std::count(relevant.begin(), relevant.end(), 1) == 0) return values.add_zeros();
  std::vector<float> scores(relevant.size());
  std::iota(scores.rbegin(), scores.rend(), 1.0F);
  values.add(relevant, scores, k);
}

// sklearn's nDCG refuses a list of one document, and so does the reference.
void require_measurable(const RerankingSample& sample, const Candidates& candidates) {
  const bool one_candidate = candidates.documents.size() == 1 && candidates.num_relevant() == 1;
  const bool one_in_base = sample.documents && base_relevance(sample) == std::vector<uint8_t>{1};
  if (!one_candidate && !one_in_base) return;
  throw error(ErrorCode::kInput,
              "{}: only one document to rank, of which no order is better than another (the reference refuses it too); "
              "give it negatives, or leave the row out",
              sample.where);
}

struct Spread {
  double least = 0, mean = 0, most = 0;
};

Spread spread(const std::vector<double>& counts) {
  return {*std::min_element(counts.begin(), counts.end()), mean(counts), *std::max_element(counts.begin(), counts.end())};
}

std::string summary_line(size_t queries, const std::vector<double>& positives, const std::vector<double>& negatives) {
  const Spread p = spread(positives), n = spread(negatives);
  return fmt::format("Queries: {}   Positives: Min {:.1f}, Mean {:.1f}, Max {:.1f}   Negatives: Min {:.1f}, Mean {:.1f}, Max {:.1f}",
                     queries, p.least, p.mean, p.most, n.least, n.mean, n.most);
}

}  // namespace

RerankingEvaluator::RerankingEvaluator(std::vector<RerankingSample> samples, const RerankingOptions& options)
    : samples_(std::move(samples)), options_(options) {
  if (options_.at_k < 1) throw error(ErrorCode::kUsage, "at-k: {} is less than 1", options_.at_k);
  if (samples_.empty())
    throw error(ErrorCode::kInput, "{}: no rows: there is nothing to evaluate", options_.name.empty() ? "reranking" : options_.name);
  for (const RerankingSample& sample : samples_) {
    const Candidates candidates = candidates_of(sample, options_.always_rerank_positives);
    require_measurable(sample, candidates);
    if (candidates.num_relevant() > 0) num_pairs_ += static_cast<int64_t>(candidates.documents.size());
  }
}

std::vector<std::string> RerankingEvaluator::metric_names(int) const {
  const bool has_base = std::any_of(samples_.begin(), samples_.end(), [](const RerankingSample& sample) { return sample.documents; });
  return names_with_base(options_.name, ranking_metrics(options_.at_k), has_base);
}

Json RerankingEvaluator::config() const {
  Json config = {{"at_k", options_.at_k}};
  if (samples_.front().documents) config["always_rerank_positives"] = options_.always_rerank_positives;
  return config;
}

// All that is known before anything is scored.
struct RerankingEvaluator::Prepared {
  std::vector<Candidates> candidates;  // [samples]
  std::vector<TextPair> pairs;
  std::vector<size_t> sample_of_pair;
  std::vector<double> positives, negatives;  // counts, [samples]
  Values base;                               // [samples with documents]
};

RerankingEvaluator::Prepared RerankingEvaluator::prepare() const {
  Prepared out;
  for (size_t i = 0; i < samples_.size(); ++i) {
    const RerankingSample& sample = samples_[i];
    if (sample.documents) add_base(sample, options_.at_k, out.base);
    Candidates candidates = candidates_of(sample, options_.always_rerank_positives);
    out.positives.push_back(static_cast<double>(sample.positive.size()));
    out.negatives.push_back(static_cast<double>(static_cast<int64_t>(candidates.documents.size()) - candidates.num_relevant()));
    if (candidates.num_relevant() > 0) {
      for (const std::string_view document : candidates.documents) out.pairs.push_back({sample.query, document});
      out.sample_of_pair.insert(out.sample_of_pair.end(), candidates.documents.size(), i);
    }
    out.candidates.push_back(std::move(candidates));
  }
  return out;
}

EvaluationResult RerankingEvaluator::evaluate(const PairScorer& scorer, const EvaluationRun& run) const {
  const Prepared prepared = prepare();
  const auto where = [&](size_t pair) { return samples_[prepared.sample_of_pair[pair]].where; };
  const std::vector<float> scores = score_single_label(prepared.pairs, scorer, where, run.progress);
  Values values;
  size_t first = 0;
  int64_t without_positives = 0, hanging_on_ties = 0;
  for (const Candidates& candidates : prepared.candidates) {
    if (candidates.num_relevant() == 0) {
      values.add_zeros();
      ++without_positives;
      continue;
    }
    const std::span<const float> own(scores.data() + first, candidates.documents.size());
    first += own.size();
    values.add(candidates.relevant, own, options_.at_k);
    hanging_on_ties += reciprocal_rank_hangs_on_ties(candidates.relevant, own, options_.at_k) ? 1 : 0;
  }

  EvaluationResult result;
  result.metrics = values.means(options_.at_k, prepared.base);
  result.reports.push_back(
      reranking_report(options_.name, summary_line(samples_.size(), prepared.positives, prepared.negatives), result.metrics));
  append_csv(result.metrics, run);
  append_base_metrics(result.metrics);
  for (Metric& metric : result.metrics) metric.name = prefixed(options_.name, metric.name);
  result.primary_metric = result.metrics[2].name;
  if (without_positives > 0) {
    result.notes.push_back(fmt::format("{} of {} queries have no relevant document among their candidates; they count as 0 in every metric",
                                       without_positives, samples_.size()));
  }
  if (hanging_on_ties > 0) {
    result.notes.push_back(
        fmt::format("{} of {} queries have an irrelevant document with the score of their best relevant one; MRR takes the last of "
                    "equals first, where NumPy's order depends on the processor",
                    hanging_on_ties, samples_.size()));
  }
  return result;
}

void RerankingEvaluator::append_csv(std::span<const Metric> metrics, const EvaluationRun& run) const {
  if (run.output.empty()) return;
  const std::string name = options_.name.empty() ? "" : "_" + options_.name;
  ResultsFile file{fmt::format("CrossEncoderRerankingEvaluator{}_results_@{}.csv", name, options_.at_k), {"epoch", "steps"}};
  std::vector<std::string> row{python_epoch(run.epoch), std::to_string(run.steps)};
  for (const Metric& metric : metrics) {
    file.header.push_back(upper(metric.name));
    row.push_back(python_number(metric.value));
  }
  append_results(run.output, file, row);
}

std::array<std::string, 3> ranking_metrics(int at_k) { return {"map", fmt::format("mrr@{}", at_k), fmt::format("ndcg@{}", at_k)}; }

std::vector<std::string> names_with_base(const std::string& evaluator, std::span<const std::string> metrics, bool has_base) {
  std::vector<std::string> names;
  for (const std::string& metric : metrics) names.push_back(prefixed(evaluator, metric));
  if (!has_base) return names;
  for (const std::string& metric : metrics) names.push_back(prefixed(evaluator, "base_" + metric));
  return names;
}

void append_base_metrics(std::vector<Metric>& metrics) {
  const size_t count = metrics.size();
  for (size_t i = 0; i < count; ++i) {
    if (metrics[i].base) metrics.push_back({"base_" + metrics[i].name, *metrics[i].base});
  }
}

Report reranking_report(std::string title, std::string summary, std::span<const Metric> metrics) {
  const bool has_base = !metrics.empty() && metrics.front().base;
  Report report{std::move(title), std::move(summary), {"metric"}, {}};
  if (has_base) report.header.emplace_back("base");
  report.header.emplace_back("reranked");
  if (has_base) report.header.emplace_back("change");
  for (const Metric& metric : metrics) {
    std::vector<std::string> row{upper(metric.name)};
    if (has_base) row.push_back(fmt::format("{:.2f}", *metric.base * 100));
    row.push_back(fmt::format("{:.2f}", metric.value * 100));
    if (has_base) row.push_back(fmt::format("{:+.2f}", (metric.value - *metric.base) * 100));
    report.rows.push_back(std::move(row));
  }
  return report;
}

}  // namespace crossrank
