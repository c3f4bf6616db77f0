#include <mutex>

#include "base/cpu_budget.h"
#include "base/thread_team.h"
#include "mining/first_stage.h"
#include "retrieval/bm25.h"

namespace crossrank {
namespace {

class Bm25Stage : public FirstStage {
 public:
  Bm25Stage(const MiningPairs& pairs, const FirstStageOptions& options)
      : pairs_(pairs), options_(options), index_(pairs.corpus().texts()) {}

  Candidates candidates(int k, const Progress& progress) const override {
    Candidates found(pairs_.queries().size(), k);
    std::mutex one_at_a_time;
    int64_t done = 0;
    ThreadTeam team(options_.threads > 0 ? options_.threads : available_cpus());
    team.parallel_for(found.queries, [&](int64_t query, int) {
      const std::vector<Bm25Hit> hits = index_.top(pairs_.queries()[static_cast<int32_t>(query)], k);
      for (size_t i = 0; i < hits.size(); ++i) {
        found.scores_of(query)[i] = hits[i].score;
        found.indices_of(query)[i] = hits[i].index;
      }
      const std::scoped_lock lock(one_at_a_time);
      if (progress) progress(++done, found.queries);
    });
    return found;
  }

  std::vector<float> positive_scores() const override {
    std::vector<float> scores;
    scores.reserve(static_cast<size_t>(pairs_.num_pairs()));
    for (int64_t query = 0; query < pairs_.queries().size(); ++query) {
      const std::vector<float> of_query = index_.scores(pairs_.queries()[static_cast<int32_t>(query)], pairs_.positives_of(query));
      scores.insert(scores.end(), of_query.begin(), of_query.end());
    }
    return scores;
  }

 private:
  const MiningPairs& pairs_;
  FirstStageOptions options_;
  Bm25 index_;
};

}  // namespace

std::unique_ptr<FirstStage> bm25_stage(const MiningPairs& pairs, const FirstStageOptions& options) {
  return std::make_unique<Bm25Stage>(pairs, options);
}

}  // namespace crossrank
