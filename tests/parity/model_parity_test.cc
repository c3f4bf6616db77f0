// Scores, settings and ids of every golden model equal the reference's; a pair's score is its own.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>

#include "crossrank/reranker.h"
#include "goldens.h"

namespace crossrank {
namespace {

using goldens::Case;
using goldens::Golden;
using goldens::tolerance;

std::vector<TextPair> pairs_of(const Golden& golden) {
  std::vector<TextPair> pairs;
  for (const Case& one : golden.cases) pairs.push_back({one.query, one.document});
  return pairs;
}

LoadOptions fp32(int threads) {
  LoadOptions options;
  options.precision = Precision::kFp32;
  options.threads = threads;
  return options;
}

void expect_same_bits(const LabelScores& scores, const LabelScores& others, const std::string& what) {
  ASSERT_EQ(scores.logits.size(), others.logits.size());
  for (size_t i = 0; i < scores.logits.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint32_t>(scores.logits[i]), std::bit_cast<uint32_t>(others.logits[i])) << what << ", output " << i;
  }
}

class CrossEncoderParity : public testing::TestWithParam<std::string> {
 protected:
  const Golden golden_ = goldens::read_golden(GetParam());
  const Reranker reranker_ = Reranker::load(GetParam(), fp32(2));
  const std::vector<TextPair> pairs_ = pairs_of(golden_);
};

TEST_P(CrossEncoderParity, logits_and_scores_equal_the_reference) {
  const LabelScores found = reranker_.predict_labels(pairs_);
  const int labels = golden_.record.at("num_labels");
  ASSERT_EQ(found.num_labels, labels);
  ASSERT_EQ(found.logits.size(), golden_.cases.size() * labels);
  for (size_t i = 0; i < golden_.cases.size(); ++i) {
    const Case& one = golden_.cases[i];
    EXPECT_EQ(found.truncated[i], one.truncated) << "case " << i;
    for (int label = 0; label < labels; ++label) {
      const size_t at = i * labels + label;
      EXPECT_NEAR(found.logits[at], one.logits[label], tolerance(one.logits[label])) << "case " << i << ", " << one.tokens << " tokens";
      EXPECT_NEAR(found.values[at], one.scores[label], tolerance(one.scores[label])) << "case " << i << ", " << one.tokens << " tokens";
    }
  }
}

TEST_P(CrossEncoderParity, settings_resolve_as_the_reference_resolves_them) {
  EXPECT_EQ(reranker_.info().max_length, golden_.record.at("max_length"));
  EXPECT_EQ(reranker_.info().activation, golden_.record.at("activation"));
  EXPECT_EQ(reranker_.info().num_labels, golden_.record.at("num_labels"));
}

TEST_P(CrossEncoderParity, ids_equal_the_reference) {
  for (const Case& one : golden_.cases) {
    const Reranker::Tokens found = reranker_.tokenize(TextPair{one.query, one.document});
    EXPECT_EQ(static_cast<int>(found.ids.size()), one.tokens);
    if (one.ids.empty()) continue;
    EXPECT_EQ(std::vector<int>(found.ids.begin(), found.ids.end()), one.ids);
    if (!one.type_ids.empty()) {
      EXPECT_EQ(std::vector<int>(found.type_ids.begin(), found.type_ids.end()), one.type_ids);
    }
  }
}

TEST_P(CrossEncoderParity, score_of_a_pair_does_not_depend_on_its_neighbours) {
  const LabelScores together = reranker_.predict_labels(pairs_);
  PredictOptions small_batches;
  small_batches.batch_tokens = 100;
  expect_same_bits(together, reranker_.predict_labels(pairs_, small_batches), "batches of 100 tokens");
  const std::vector<TextPair> reversed(pairs_.rbegin(), pairs_.rend());
  const LabelScores backwards = reranker_.predict_labels(reversed);
  const int labels = together.num_labels;
  for (size_t i = 0; i < pairs_.size(); ++i) {
    if (golden_.cases[i].tokens > 1500) continue;  // the long ones are slow, and had their other batches above
    const LabelScores alone = reranker_.predict_labels(std::span(pairs_).subspan(i, 1));
    for (int label = 0; label < labels; ++label) {
      const float logit = together.logits[i * labels + label];
      EXPECT_EQ(alone.logits[label], logit) << "case " << i << " alone";
      EXPECT_EQ(backwards.logits[(pairs_.size() - 1 - i) * labels + label], logit) << "case " << i << " backwards";
    }
  }
}

TEST_P(CrossEncoderParity, score_of_a_pair_does_not_depend_on_threads) {
  const LabelScores two = reranker_.predict_labels(pairs_);
  for (const int threads : {1, 3}) {
    const LabelScores others = Reranker::load(GetParam(), fp32(threads)).predict_labels(pairs_);
    expect_same_bits(two, others, std::to_string(threads) + " threads");
  }
}

TEST_P(CrossEncoderParity, a_call_leaves_no_trace_in_the_next) {
  const LabelScores first = reranker_.predict_labels(pairs_);
  PredictOptions other;
  other.max_length = 12;
  other.activation = ActivationFunction::kSoftmax;
  (void)reranker_.predict_labels(pairs_, other);
  const LabelScores again = reranker_.predict_labels(pairs_);
  EXPECT_EQ(first.logits, again.logits);
  EXPECT_EQ(first.values, again.values);
  EXPECT_EQ(first.truncated, again.truncated);
}

TEST_P(CrossEncoderParity, ranking_is_by_logit_and_ties_keep_their_order) {
  if (golden_.record.at("num_labels") != 1) {
    EXPECT_THROW((void)reranker_.rank("query", std::vector<std::string>{"document"}), Error);
    return;
  }
  std::vector<std::string> documents;
  for (const Case& one : golden_.cases) {
    if (one.tokens <= 1500) documents.push_back(one.document);
  }
  const size_t distinct = documents.size();
  documents.insert(documents.end(), documents.begin(), documents.begin() + distinct);  // each twice: ties
  const std::vector<Ranking> ranking = reranker_.rank("how tall is the mountain?", documents);
  ASSERT_EQ(ranking.size(), documents.size());
  std::vector<int> seen(documents.size());
  for (size_t i = 0; i < ranking.size(); ++i) {
    ++seen[ranking[i].index];
    if (i == 0) continue;
    EXPECT_GE(ranking[i - 1].logit, ranking[i].logit);
    if (ranking[i - 1].logit == ranking[i].logit) {
      EXPECT_LT(ranking[i - 1].index, ranking[i].index);
    }
  }
  EXPECT_EQ(seen, std::vector<int>(documents.size(), 1));
  RankOptions three;
  three.top_k = 3;
  const std::vector<Ranking> top = reranker_.rank("how tall is the mountain?", documents, three);
  ASSERT_EQ(top.size(), std::min<size_t>(3, documents.size()));
  for (size_t i = 0; i < top.size(); ++i) EXPECT_EQ(top[i].index, ranking[i].index);
}

INSTANTIATE_TEST_SUITE_P(Goldens, CrossEncoderParity, testing::ValuesIn(goldens::golden_folders(false)),
                         [](const auto& golden) { return goldens::test_name(golden.param); });

TEST(ConfigurationDialects, of_2024_and_of_2026_give_the_same_bits) {
  const Golden golden = goldens::read_golden("tests/goldens/models/modernbert-2026");
  const std::vector<TextPair> pairs = pairs_of(golden);
  const auto of_2024 = Reranker::load("tests/goldens/models/modernbert-2024", fp32(2)).predict_labels(pairs);
  const auto of_2026 = Reranker::load("tests/goldens/models/modernbert-2026", fp32(2)).predict_labels(pairs);
  EXPECT_EQ(of_2024.logits, of_2026.logits);
}

TEST(ModelsWithoutAHead, are_refused_as_rerankers_rather_than_given_a_random_head) {
  for (const std::string& folder : goldens::golden_folders(true)) {
    try {
      (void)Reranker::load(folder);
      ADD_FAILURE() << folder << " was loaded as a reranker";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kModel) << error.what();
    }
  }
}

}  // namespace
}  // namespace crossrank
