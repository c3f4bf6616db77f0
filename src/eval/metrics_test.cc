#include "eval/metrics.h"

#include <gtest/gtest.h>

#include "eval/test_goldens.h"

namespace crossrank {
namespace {

TEST(Metrics, ranking_metrics_are_the_references_with_and_without_ties) {
  const Json golden = eval_golden("metrics.json");
  ASSERT_GT(golden["ranking"].size(), 50u);
  for (const Json& one : golden["ranking"]) {
    const auto relevant = list_of<uint8_t>(one["relevant"]);
    const auto scores = list_of<float>(one["scores"]);
    const int k = one["k"];
    expect_number(average_precision(relevant, scores), one["map"], one.dump());
    expect_number(reciprocal_rank(relevant, scores, k), one["mrr"], one.dump());
    expect_number(ndcg(relevant, scores, k), one["ndcg"], one.dump());
  }
}

TEST(Metrics, two_classes_are_the_references) {
  const Json golden = eval_golden("metrics.json")["binary"];
  for (const Json& one : golden) {
    const auto labels = list_of<int64_t>(one["labels"]);
    const auto scores = list_of<float>(one["scores"]);
    const BestAccuracy accuracy = best_accuracy(labels, scores);
    const BestF1 f1 = best_f1(labels, scores);
    const double numbers[] = {
        accuracy.accuracy, accuracy.threshold, f1.f1, f1.threshold, f1.precision, f1.recall, average_precision(labels, scores)};
    for (size_t i = 0; i < std::size(numbers); ++i)
      expect_number(numbers[i], one["numbers"][i], one.dump() + " number " + std::to_string(i));
  }
}

TEST(Metrics, averages_of_f1_are_the_references) {
  const Json golden = eval_golden("metrics.json")["classes"];
  for (const Json& one : golden) {
    const F1Averages f1 = f1_averages(list_of<int64_t>(one["labels"]), list_of<int64_t>(one["predicted"]));
    expect_number(f1.macro, one["averages"][0], one.dump());
    expect_number(f1.micro, one["averages"][1], one.dump());
    expect_number(f1.weighted, one["averages"][2], one.dump());
  }
}

TEST(Metrics, correlations_are_the_references_and_undefined_for_constants) {
  const Json golden = eval_golden("metrics.json")["correlation"];
  for (const Json& one : golden) {
    const auto gold = list_of<double>(one["gold"]);
    std::vector<double> scores;
    for (const float score : list_of<float>(one["scores"])) scores.push_back(score);
    expect_number(pearson(gold, scores), one["numbers"][0], one.dump());
    expect_number(spearman(gold, scores), one["numbers"][1], one.dump());
  }
}

TEST(Metrics, of_equal_scores_the_last_comes_first_in_reciprocal_rank) {
  const std::vector<float> equal(20, 0.5F);
  std::vector<uint8_t> relevant(20, 0);
  relevant[0] = 1;
  EXPECT_EQ(reciprocal_rank(relevant, equal, 20), 1.0 / 20);
  EXPECT_EQ(reciprocal_rank(relevant, equal, 10), 0);
  relevant[19] = 1;
  EXPECT_EQ(reciprocal_rank(relevant, equal, 10), 1);
}

TEST(Metrics, ties_matter_only_between_the_best_relevant_and_an_irrelevant_document) {
  const std::vector<uint8_t> relevant{1, 1, 0, 0};
  EXPECT_FALSE(reciprocal_rank_hangs_on_ties(relevant, std::vector<float>{3, 3, 2, 2}, 10));
  EXPECT_TRUE(reciprocal_rank_hangs_on_ties(relevant, std::vector<float>{2, 1, 2, 0}, 10));
  EXPECT_FALSE(reciprocal_rank_hangs_on_ties(relevant, std::vector<float>{2, 1, 1, 0}, 10));
  EXPECT_FALSE(reciprocal_rank_hangs_on_ties(relevant, std::vector<float>{1, 0, 2, 1}, 1));
  EXPECT_FALSE(reciprocal_rank_hangs_on_ties(std::vector<uint8_t>{0, 0}, std::vector<float>{1, 1}, 1));
}

// The numbers are trec_eval's definitions, worked out by hand.
TEST(Metrics, graded_metrics_count_documents_that_were_not_retrieved) {
  const std::vector<int> ranked{0, 2, 1, 0};
  const std::vector<int> judged{1, 2, 0, 3};  // the document of grade 3 was not found
  const double gained = 2 / std::log2(3.0) + 1 / std::log2(4.0);
  const double ideal = 3 + 2 / std::log2(3.0) + 1 / std::log2(4.0);
  EXPECT_NEAR(graded_ndcg(ranked, judged, 10), gained / ideal, kSameNumber);
  EXPECT_NEAR(graded_ndcg(ranked, judged, 2), 2 / std::log2(3.0) / (3 + 2 / std::log2(3.0)), kSameNumber);
  EXPECT_NEAR(graded_average_precision(ranked, judged, 10), (1.0 / 2 + 2.0 / 3) / 3, kSameNumber);
  EXPECT_NEAR(graded_average_precision(ranked, judged, 2), (1.0 / 2) / 3, kSameNumber);
  EXPECT_EQ(graded_reciprocal_rank(ranked, 10), 0.5);
  EXPECT_EQ(graded_reciprocal_rank(ranked, 1), 0);
  EXPECT_NEAR(graded_recall(ranked, judged, 2), 1.0 / 3, kSameNumber);
  EXPECT_NEAR(graded_recall(ranked, judged, 100), 2.0 / 3, kSameNumber);
}

TEST(Metrics, nothing_relevant_is_zero_and_never_a_division_by_zero) {
  const std::vector<uint8_t> none{0, 0};
  const std::vector<float> scores{1, 2};
  EXPECT_EQ(ndcg(none, scores, 10), 0);
  EXPECT_EQ(average_precision(none, scores), 0);
  EXPECT_EQ(reciprocal_rank(none, scores, 10), 0);
  const std::vector<int> empty;
  const std::vector<int> zeros{0, 0};
  EXPECT_EQ(graded_ndcg(empty, zeros, 10), 0);
  EXPECT_EQ(graded_average_precision(empty, zeros, 10), 0);
  EXPECT_EQ(graded_reciprocal_rank(empty, 10), 0);
  EXPECT_EQ(graded_recall(empty, zeros, 10), 0);
}

TEST(Metrics, a_negative_grade_gains_nothing) {
  EXPECT_EQ(graded_ndcg(std::vector<int>{-1, 1}, std::vector<int>{1, -1}, 10), 1 / std::log2(3.0));
}

}  // namespace
}  // namespace crossrank
