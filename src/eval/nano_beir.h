// NanoBeirEvaluator: reranking of BM25's best on the thirteen small NanoBEIR sets, and the mean over sets, as the reference's
// CrossEncoderNanoBEIREvaluator.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eval/evaluator.h"
#include "eval/reranking.h"

namespace crossrank {

/// A set: what users call it, and what it is called in the data set's splits, after "Nano".
struct NanoBeirSet {
  std::string_view short_name, human_name;
};
inline constexpr NanoBeirSet kNanoBeirSets[] = {{"climatefever", "ClimateFEVER"},
                                                {"dbpedia", "DBPedia"},
                                                {"fever", "FEVER"},
                                                {"fiqa2018", "FiQA2018"},
                                                {"hotpotqa", "HotpotQA"},
                                                {"msmarco", "MSMARCO"},
                                                {"nfcorpus", "NFCorpus"},
                                                {"nq", "NQ"},
                                                {"quoraretrieval", "QuoraRetrieval"},
                                                {"scidocs", "SCIDOCS"},
                                                {"arguana", "ArguAna"},
                                                {"scifact", "SciFact"},
                                                {"touche2020", "Touche2020"}};

struct NanoBeirOptions {
  std::string dataset_names;  // short names, with commas between
  std::string dataset_id = "sentence-transformers/NanoBEIR-en";
  std::string revision = "main";
  int rerank_k = 100;
  int at_k = 10;
  bool always_rerank_positives = true;

  static constexpr void visit(auto& self, auto&& field) {
    field("dataset-names", self.dataset_names, "sets, with commas between: msmarco,nfcorpus,nq (default: all but arguana and touche2020)");
    field("dataset-id", self.dataset_id, "Hub id, or folder in the Hub's layout, with the configurations corpus, queries, qrels and bm25");
    field("data-revision", self.revision, "branch, tag or commit of the data set");
    field("rerank-k", self.rerank_k, "BM25's best that are ranked again");
    field("at-k", self.at_k, "places that count for MRR and nDCG");
    field("always-rerank-positives", self.always_rerank_positives,
          "rank positives that BM25 missed as well (true); =false leaves them out");
  }
};

class NanoBeirEvaluator : public Evaluator {
 public:
  /// Reads all sets. Error(kUsage) that names the nearest set for a name that is none; Error(kInput) that names the row for an id that the
  /// corpus or the queries lack, and for a query that nothing was judged relevant to.
  explicit NanoBeirEvaluator(const NanoBeirOptions& options);

  /// "NanoBEIR_R100_mean".
  const std::string& name() const override { return name_; }
  std::string_view description() const override { return "Cross Encoder Nano BEIR"; }
  Json config() const override;
  int64_t num_pairs() const override;
  std::vector<std::string> metric_names(int num_labels) const override;

  /// Each set's metrics ("NanoMSMARCO_R100_map"), then the means ("NanoBEIR_R100_mean_map"). A CSV file a set, and one of the means.
  EvaluationResult evaluate(const PairScorer& scorer, const EvaluationRun& run) const override;

 private:
  NanoBeirOptions options_;
  std::string name_;
  std::vector<std::string> dataset_names_;
  std::vector<RerankingEvaluator> sets_;
};

}  // namespace crossrank
