// RerankingEvaluator: how well a model orders each query's candidates; MAP, MRR@k and nDCG@k as the reference's
// CrossEncoderRerankingEvaluator computes them, before ("base") and after.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "eval/evaluator.h"

namespace crossrank {

/// A query with what is relevant to it, and either what is not, or the first stage's ranked list, which may hold relevant ones too.
struct RerankingSample {
  std::string where;  // "FILE:LINE", for errors
  std::string query;
  std::vector<std::string> positive;
  std::vector<std::string> negative;                       // where documents is absent
  std::optional<std::vector<std::string>> documents = {};  // best first
};

struct RerankingOptions {
  int at_k = 10;
  bool always_rerank_positives = true;
  std::string name = {};

  static constexpr void visit(auto& self, auto&& field) {
    field("at-k", self.at_k, "places that count for MRR and nDCG");
    field("always-rerank-positives", self.always_rerank_positives,
          "rank positives that the documents lack as well (true); =false ranks the documents alone, as a first stage would hand them over");
    field("name", self.name, "stands before each metric and in the CSV file's name");
  }
};

/// Columns of reranking samples.
struct RerankingFields {
  std::string query = "query", positive = "positive", negative = "negative", documents = "documents";

  static constexpr void visit(auto& self, auto&& field) {
    field("query-field", self.query, "column with the query");
    field("positive-field", self.positive, "column with the relevant documents: a list of texts, or one text");
    field("negative-field", self.negative, "column with the irrelevant documents");
    field("documents-field", self.documents, "column with the ranked documents of a first stage, instead of negatives");
  }
};

/// The rows of a data set as samples. Error(kInput) that names the row: a column that is absent, both or neither of negatives and
/// documents, an empty list of documents.
std::vector<RerankingSample> read_reranking_samples(DatasetReader& reader, const RerankingFields& fields = {});

class RerankingEvaluator : public Evaluator {
 public:
  /// Error(kUsage) for at_k below 1; Error(kInput) without samples, and for a sample that the reference cannot measure: one with a single
  /// candidate, or a relevant one alone in its base order.
  explicit RerankingEvaluator(std::vector<RerankingSample> samples, const RerankingOptions& options = {});

  const std::string& name() const override { return options_.name; }
  std::string_view description() const override { return "Cross Encoder Reranking"; }
  Json config() const override;
  int64_t num_pairs() const override { return num_pairs_; }
  std::vector<std::string> metric_names(int num_labels) const override;

  /// A query without a relevant candidate counts as 0 in every metric and is not scored.
  EvaluationResult evaluate(const PairScorer& scorer, const EvaluationRun& run) const override;

 private:
  struct Prepared;
  Prepared prepare() const;
  void append_csv(std::span<const Metric> metrics, const EvaluationRun& run) const;

  std::vector<RerankingSample> samples_;
  RerankingOptions options_;
  int64_t num_pairs_ = 0;
};

/// "map", "mrr@K", "ndcg@K": how a ranking is measured, in this order; the last one chooses the best checkpoint.
std::array<std::string, 3> ranking_metrics(int at_k);

/// The names that these metrics have in a result: the evaluator's name before them, then all again as "base_NAME" where there is a base.
std::vector<std::string> names_with_base(const std::string& evaluator, std::span<const std::string> metrics, bool has_base);

/// Adds "base_NAME" for each metric that has a base.
void append_base_metrics(std::vector<Metric>& metrics);

/// The rows of "Base -> Reranked" for these metrics ("map", "mrr@10", "ndcg@10"), in percent.
Report reranking_report(std::string title, std::string summary, std::span<const Metric> metrics);

}  // namespace crossrank
