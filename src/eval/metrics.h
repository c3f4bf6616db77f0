// Metrics: the numbers of the evaluators, each as scikit-learn, SciPy or trec_eval computes it, ties included. Scores are float, as models
// give them; sums are double, as NumPy's.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace crossrank {

// ---- One query: relevant[i] is 1 where document i is relevant, else 0; scores[i] is the model's. Same length, at least 1, no NaN.

/// nDCG@k, gain 1, discount 1 / log2(rank + 1). Documents with equal scores share the average gain of their group: the expected value over
/// all orders of ties (McSherry and Najork 2008; sklearn.metrics.ndcg_score). 0 without a relevant document.
double ndcg(std::span<const uint8_t> relevant, std::span<const float> scores, int k);

/// AP = sum over distinct scores, falling, of (R_n - R_{n-1}) P_n: precision and recall of all documents with at least that score, so that
/// tied documents count together (sklearn.metrics.average_precision_score). 0 without a relevant document.
double average_precision(std::span<const uint8_t> relevant, std::span<const float> scores);

/// 1 / rank of the first relevant document among the first k, else 0. Of documents with equal scores the last comes first: the order of
/// numpy.argsort(scores)[::-1], where that is the same on all processors (up to 16 documents, without vector instructions).
double reciprocal_rank(std::span<const uint8_t> relevant, std::span<const float> scores, int k);

/// Whether another order of equal scores could change reciprocal_rank().
bool reciprocal_rank_hangs_on_ties(std::span<const uint8_t> relevant, std::span<const float> scores, int k);

// ---- One query with grades (trec_eval). ranked[i] is the grade of the document at rank i + 1; relevant where above 0. `judged` holds the
// grades of all judged documents of the query, also of those that were not retrieved, in any order.

/// ndcg_cut_k: gain is the grade, discount 1 / log2(rank + 1), divided by that of the best order of all judged documents.
double graded_ndcg(std::span<const int> ranked, std::span<const int> judged, int k);
/// map_cut_k: mean over all relevant judged documents of the precision at their rank, 0 for those that are not among the first k.
double graded_average_precision(std::span<const int> ranked, std::span<const int> judged, int k);
/// recip_rank among the first k.
double graded_reciprocal_rank(std::span<const int> ranked, int k);
/// recall_k: share of the relevant judged documents that are among the first k.
double graded_recall(std::span<const int> ranked, std::span<const int> judged, int k);

// ---- Two classes: labels are 0 or 1, a pair is called 1 where its score reaches the threshold.

struct BestAccuracy {
  double accuracy = 0;
  float threshold = 0;
};
struct BestF1 {
  double f1 = 0, precision = 0, recall = 0;
  float threshold = 0;
};

/// The threshold with the highest accuracy; the highest such threshold of several. Midway between two scores, in float, as the reference's
/// BinaryClassificationEvaluator.find_best_acc_and_threshold; just above all scores where calling every pair 0 is best.
BestAccuracy best_accuracy(std::span<const int64_t> labels, std::span<const float> scores);
/// The same for F1 (find_best_f1_and_threshold); all 0 without a label 1.
BestF1 best_f1(std::span<const int64_t> labels, std::span<const float> scores);
/// average_precision() of labels; 0 without a label 1.
double average_precision(std::span<const int64_t> labels, std::span<const float> scores);

// ---- Many classes (sklearn.metrics.f1_score).

struct F1Averages {
  double macro = 0;     // the classes' mean: classes that are a label or were predicted
  double micro = 0;     // of all decisions together
  double weighted = 0;  // the classes' mean by their number of labels
};
/// F1 of a class is 2 TP / (2 TP + FP + FN).
F1Averages f1_averages(std::span<const int64_t> labels, std::span<const int64_t> predicted);

// ---- Correlation. NaN where one side is constant, since it is not defined there. Same length, at least 2.

/// Pearson's r (scipy.stats.pearsonr).
double pearson(std::span<const double> x, std::span<const double> y);
/// Pearson's r of the ranks; equal values share their average rank (scipy.stats.spearmanr).
double spearman(std::span<const double> x, std::span<const double> y);
/// Ranks from 1; equal values share their average rank.
std::vector<double> average_ranks(std::span<const double> values);

/// The arithmetic mean; NaN of nothing.
double mean(std::span<const double> values);

}  // namespace crossrank
