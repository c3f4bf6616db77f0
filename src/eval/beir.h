// BeirEvaluator: BM25's best documents of each query of a BEIR folder, ranked again; nDCG, MAP, MRR and recall as trec_eval defines them.
#pragma once

#include <string>
#include <vector>

#include "data/beir.h"
#include "eval/evaluator.h"

namespace crossrank {

struct BeirOptions {
  int rerank_k = 100;
  int at_k = 10;
  bool ignore_identical_ids = false;
  std::string name = {};

  static constexpr void visit(auto& self, auto&& field) {
    field("at-k", self.at_k, "places that count for MRR and nDCG");
    field("ignore-identical-ids", self.ignore_identical_ids, "never rank the document that has the query's own id (ArguAna)");
    field("name", self.name, "stands before each metric and in the CSV file's name");
  }
};

/// All relevant documents of a query count, also those that BM25 did not find: nDCG's ideal order and the denominators of MAP and recall
/// are over all judgements. A query is measured where some document was judged relevant to it.
class BeirEvaluator : public Evaluator {
 public:
  /// Builds the BM25 index and takes each query's best. Error(kInput) where nothing is judged relevant to any query.
  explicit BeirEvaluator(BeirDataset dataset, const BeirOptions& options = {});

  const std::string& name() const override { return options_.name; }
  std::string_view description() const override { return "Cross Encoder BEIR"; }
  Json config() const override;
  int64_t num_pairs() const override { return num_pairs_; }
  std::vector<std::string> metric_names(int num_labels) const override;

  /// Documents by falling score, ties in BM25's order.
  EvaluationResult evaluate(const PairScorer& scorer, const EvaluationRun& run) const override;

 private:
  // A measured query and BM25's best for it, best first.
  struct Query {
    size_t index = 0;  // in dataset_.query_texts
    std::vector<int32_t> documents;
    std::vector<int> grades;  // [documents]; 0 where not judged
    std::vector<int> judged;  // all grades of the query's judgements
  };

  BeirDataset dataset_;
  BeirOptions options_;
  std::vector<Query> queries_;
  int64_t num_pairs_ = 0;
};

}  // namespace crossrank
