#include "eval/beir.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/error.h"
#include "eval/metrics.h"
#include "eval/reranking.h"
#include "eval/results_file.h"
#include "retrieval/bm25.h"

namespace crossrank {
namespace {

// nDCG@k, MAP@depth, MRR@k, recall@k, recall@depth: names and the values of each query.
struct Values {
  std::vector<std::string> names;
  std::vector<std::vector<double>> of_queries;  // [metrics][queries]

  explicit Values(const BeirOptions& options)
      : names{fmt::format("ndcg@{}", options.at_k), fmt::format("map@{}", options.rerank_k), fmt::format("mrr@{}", options.at_k),
              fmt::format("recall@{}", options.at_k)} {
    if (options.rerank_k != options.at_k) names.push_back(fmt::format("recall@{}", options.rerank_k));
    of_queries.resize(names.size());
  }

  void add(std::span<const int> ranked, std::span<const int> judged, const BeirOptions& options) {
    const double values[] = {graded_ndcg(ranked, judged, options.at_k), graded_average_precision(ranked, judged, options.rerank_k),
                             graded_reciprocal_rank(ranked, options.at_k), graded_recall(ranked, judged, options.at_k),
                             graded_recall(ranked, judged, options.rerank_k)};
    for (size_t i = 0; i < names.size(); ++i) of_queries[i].push_back(values[i]);
  }
};

}  // namespace

BeirEvaluator::BeirEvaluator(BeirDataset dataset, const BeirOptions& options) : dataset_(std::move(dataset)), options_(options) {
  if (options_.at_k < 1) throw error(ErrorCode::kUsage, "at-k: {} is less than 1", options_.at_k);
  if (options_.rerank_k < 1) throw error(ErrorCode::kUsage, "rerank-k: {} is less than 1", options_.rerank_k);
  const Bm25 bm25(dataset_.corpus_texts);
  for (size_t i = 0; i < dataset_.query_texts.size(); ++i) {
    Query query{i, {}, {}, {}};
    std::unordered_map<int32_t, int> grades;
    for (const BeirJudgement& judgement : dataset_.judgements[i]) {
      grades[judgement.document] = judgement.grade;
      query.judged.push_back(judgement.grade);
    }
    if (std::none_of(query.judged.begin(), query.judged.end(), [](int grade) { return grade > 0; })) continue;
    // One more than wanted, because the query's own document may be among them.
    for (const Bm25Hit& hit : bm25.top(dataset_.query_texts[i], options_.rerank_k + (options_.ignore_identical_ids ? 1 : 0))) {
      if (query.documents.size() == static_cast<size_t>(options_.rerank_k)) break;
      if (options_.ignore_identical_ids && dataset_.corpus_ids[static_cast<size_t>(hit.index)] == dataset_.query_ids[i]) continue;
      const auto grade = grades.find(hit.index);
      query.documents.push_back(hit.index);
      query.grades.push_back(grade == grades.end() ? 0 : grade->second);
    }
    num_pairs_ += static_cast<int64_t>(query.documents.size());
    queries_.push_back(std::move(query));
  }
  if (queries_.empty())
    throw error(ErrorCode::kInput, "{}: no query has a document that was judged relevant", options_.name.empty() ? "beir" : options_.name);
}

Json BeirEvaluator::config() const {
  return {{"rerank_k", options_.rerank_k}, {"at_k", options_.at_k}, {"ignore_identical_ids", options_.ignore_identical_ids}};
}

std::vector<std::string> BeirEvaluator::metric_names(int) const { return names_with_base(options_.name, Values(options_).names, true); }

EvaluationResult BeirEvaluator::evaluate(const PairScorer& scorer, const EvaluationRun& run) const {
  std::vector<TextPair> pairs;
  std::vector<size_t> query_of_pair;
  for (const Query& query : queries_) {
    for (const int32_t document : query.documents) {
      pairs.push_back({dataset_.query_texts[query.index], dataset_.corpus_texts[static_cast<size_t>(document)]});
      query_of_pair.push_back(query.index);
    }
  }
  const auto where = [&](size_t pair) { return "query " + dataset_.query_ids[query_of_pair[pair]]; };
  const std::vector<float> scores = score_single_label(pairs, scorer, where, run.progress);

  Values base(options_), reranked(options_);
  size_t first = 0;
  for (const Query& query : queries_) {
    const std::span<const float> own(scores.data() + first, query.documents.size());
    first += own.size();
    std::vector<size_t> order(own.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return own[a] > own[b]; });
    std::vector<int> grades;
    grades.reserve(order.size());
    for (const size_t place : order) grades.push_back(query.grades[place]);
    base.add(query.grades, query.judged, options_);
    reranked.add(grades, query.judged, options_);
  }

  EvaluationResult result;
  for (size_t i = 0; i < base.names.size(); ++i)
    result.metrics.push_back({base.names[i], mean(reranked.of_queries[i]), mean(base.of_queries[i])});
  const std::string summary = fmt::format("Queries: {}   Documents: {}   BM25's best {} of each query ranked again", queries_.size(),
                                          dataset_.corpus_texts.size(), options_.rerank_k);
  result.reports.push_back(reranking_report(options_.name, summary, result.metrics));
  if (!run.output.empty()) {
    std::vector<std::string> header{"epoch", "steps"}, row{python_epoch(run.epoch), std::to_string(run.steps)};
    for (const Metric& metric : result.metrics) {
      header.push_back(metric.name);
      row.push_back(python_number(metric.value));
    }
    append_results(run.output,
                   {.name = fmt::format("BeirEvaluator{}_results_@{}.csv", options_.name.empty() ? "" : "_" + options_.name, options_.at_k),
                    .header = header},
                   row);
  }
  append_base_metrics(result.metrics);
  for (Metric& metric : result.metrics) metric.name = prefixed(options_.name, metric.name);
  result.primary_metric = result.metrics.front().name;
  if (queries_.size() < dataset_.query_texts.size()) {
    result.notes.push_back(fmt::format("{} of {} queries have no document that was judged relevant; they are left out",
                                       dataset_.query_texts.size() - queries_.size(), dataset_.query_texts.size()));
  }
  return result;
}

}  // namespace crossrank
