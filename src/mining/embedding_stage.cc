#include <algorithm>
#include <cmath>

#include "mining/first_stage.h"

namespace crossrank {
namespace {

constexpr int kProgressQueries = 4096;  // a step of a second or two with a hundred thousand documents

// The cosine, computed as the reference does from vectors that are of unit length already.
float cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0, a_squared = 0, b_squared = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * b[i];
    a_squared += static_cast<double>(a[i]) * a[i];
    b_squared += static_cast<double>(b[i]) * b[i];
  }
  constexpr double kSmallest = 1e-12;  // torch.nn.functional.normalize's
  return static_cast<float>(product / (std::max(std::sqrt(a_squared), kSmallest) * std::max(std::sqrt(b_squared), kSmallest)));
}

class EmbeddingStage : public FirstStage {
 public:
  EmbeddingStage(const MiningPairs& pairs, const EmbeddingView& queries, const EmbeddingView& corpus, const FirstStageOptions& options)
      : pairs_(pairs), queries_(queries), corpus_(corpus), options_(options) {}

  Candidates candidates(int k, const Progress& progress) const override {
    const int block = std::min(options_.query_block, kProgressQueries);
    return nearest_neighbours(queries_, corpus_, {.k = k, .query_block = block, .threads = options_.threads}, progress);
  }

  std::vector<float> positive_scores() const override {
    std::vector<float> scores;
    scores.reserve(static_cast<size_t>(pairs_.num_pairs()));
    for (int64_t pair = 0; pair < pairs_.num_pairs(); ++pair) {
      scores.push_back(cosine(queries_.row(pairs_.query_of(pair)), corpus_.row(pairs_.positive_of(pair))));
    }
    return scores;
  }

 private:
  const MiningPairs& pairs_;
  EmbeddingView queries_, corpus_;
  FirstStageOptions options_;
};

}  // namespace

std::unique_ptr<FirstStage> embedding_stage(const MiningPairs& pairs, const EmbeddingView& queries, const EmbeddingView& corpus,
                                            const FirstStageOptions& options) {
  return std::make_unique<EmbeddingStage>(pairs, queries, corpus, options);
}

}  // namespace crossrank
