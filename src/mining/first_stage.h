// FirstStage: where candidates come from: embeddings by inner product, or BM25.
#pragma once

#include <memory>
#include <vector>

#include "mining/mining_pairs.h"
#include "retrieval/candidates.h"
#include "retrieval/nearest_neighbours.h"

namespace crossrank {

/// Scores the corpus of some pairs for their queries. The pairs outlive it.
class FirstStage {
 public:
  virtual ~FirstStage() = default;

  /// The k best documents of each query; positives are among them.
  virtual Candidates candidates(int k, const Progress& progress) const = 0;
  /// The score of each pair's positive.
  virtual std::vector<float> positive_scores() const = 0;
};

struct FirstStageOptions {
  int query_block = 16'384;  // queries searched at once, at most
  int threads = 0;           // 0: what the cgroup quota and the affinity mask allow
};

/// By unit vectors: a row for each of pairs.queries() and of pairs.corpus(); their memory outlives the stage.
std::unique_ptr<FirstStage> embedding_stage(const MiningPairs& pairs, const EmbeddingView& queries, const EmbeddingView& corpus,
                                            const FirstStageOptions& options);

/// By words in common: documents without any are no candidates. Makes the index.
std::unique_ptr<FirstStage> bm25_stage(const MiningPairs& pairs, const FirstStageOptions& options);

}  // namespace crossrank
