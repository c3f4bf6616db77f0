#include "retrieval/bm25.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "crossrank/error.h"

namespace crossrank {
namespace {

using Texts = std::vector<std::string>;

TEST(Bm25Terms, are_lower_case_stems_without_stop_words) {
  EXPECT_EQ(bm25_terms("The Runners were RUNNING into an old_house, no?"), (Texts{"runner", "were", "run", "old_hous"}));
  EXPECT_EQ(bm25_terms(""), Texts{});
  EXPECT_EQ(bm25_terms(" ,.- "), Texts{});
}

TEST(Bm25Terms, are_letters_digits_and_underscores_of_any_script_as_in_python) {
  EXPECT_EQ(bm25_terms("x²½ Ⅷ-٣"), (Texts{"x²½", "ⅷ", "٣"}));
  EXPECT_EQ(bm25_terms("ΟΔΥΣΣΕΥΣ, ΣΑΣ"), (Texts{"οδυσσευς", "σας"}));  // a sigma that ends a word
  EXPECT_EQ(bm25_terms("日本語。テスト"), (Texts{"日本語", "テスト"}));
  EXPECT_EQ(bm25_terms("İx"), (Texts{"i", "x"}));  // lower case is "i" and a combining dot, which is no letter
}

TEST(Bm25Terms, bytes_that_are_not_utf8_separate_words) { EXPECT_EQ(bm25_terms("lake\xFFhill\xC3"), (Texts{"lake", "hill"})); }

TEST(Bm25, scores_are_okapi_with_lucenes_idf) {
  const Texts documents = {"mountain lake", "mountain mountain river boat", "bread"};
  const Bm25 index(documents);
  // Two of three documents hold "mountain"; the mean length is 7 / 3.
  const double idf = std::log(1 + (3 - 2 + 0.5) / (2 + 0.5));
  const auto saturation = [](double length) { return 1.2 * (0.25 + 0.75 * length / (7.0 / 3.0)); };
  const std::vector<float> scores = index.scores("mountain", std::vector<int32_t>{0, 1, 2});
  EXPECT_NEAR(scores[0], idf * 1 / (1 + saturation(2)), 1e-6);
  EXPECT_NEAR(scores[1], idf * 2 / (2 + saturation(4)), 1e-6);
  EXPECT_EQ(scores[2], 0);
}

TEST(Bm25, a_word_that_stands_twice_in_a_query_counts_twice) {
  const Bm25 index(Texts{"lake", "hill"});
  const std::vector<int32_t> first = {0};
  EXPECT_FLOAT_EQ(index.scores("lake lakes", first)[0], 2 * index.scores("lake", first)[0]);
}

TEST(Bm25, top_holds_only_documents_that_share_a_word_best_first) {
  const Bm25 index(Texts{"a hill by the sea", "lake lake", "lake boat", "the and of"});
  const std::vector<Bm25Hit> hits = index.top("Which lake?", 10);
  ASSERT_EQ(hits.size(), 2u);
  EXPECT_EQ(hits[0].index, 1);
  EXPECT_EQ(hits[1].index, 2);
  EXPECT_GT(hits[0].score, hits[1].score);
  EXPECT_TRUE(index.top("the", 10).empty());
  EXPECT_TRUE(index.top("unheard", 10).empty());
  EXPECT_TRUE(index.top("lake", 0).empty());
}

// Few words and many documents, so that most scores are ties.
TEST(Bm25, top_is_a_stable_sort_of_all_scores) {
  std::mt19937 random(1);
  const Texts words = {"lake", "hill", "boat", "river"};
  Texts documents;
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (unsigned n = random() % 4; n > 0; --n) text += words[random() % 4] + " ";
    documents.push_back(text);
  }
  const Bm25 index(documents);
  std::vector<int32_t> all(documents.size());
  std::iota(all.begin(), all.end(), 0);
  const std::vector<float> scores = index.scores("hill boat", all);
  std::vector<int32_t> wanted = all;
  std::stable_sort(wanted.begin(), wanted.end(), [&](int32_t a, int32_t b) { return scores[a] > scores[b]; });
  for (const int k : {1, 7, 100, 500}) {
    const std::vector<Bm25Hit> hits = index.top("hill boat", k);
    ASSERT_LE(hits.size(), static_cast<size_t>(k));
    for (size_t i = 0; i < hits.size(); ++i) {
      EXPECT_EQ(hits[i].index, wanted[i]);
      EXPECT_EQ(hits[i].score, scores[wanted[i]]);
    }
    if (hits.size() < static_cast<size_t>(k)) {
      EXPECT_EQ(scores[wanted[hits.size()]], 0);
    }
  }
}

TEST(Bm25, without_documents_or_words_finds_nothing) {
  EXPECT_TRUE(Bm25(Texts{}).top("lake", 3).empty());
  EXPECT_TRUE(Bm25(Texts{"", "the"}).top("lake", 3).empty());
  EXPECT_EQ(Bm25(Texts{"", "the"}).size(), 2);
}

TEST(Bm25, refuses_a_document_that_it_does_not_have_and_options_that_make_no_sense) {
  const Bm25 index(Texts{"lake"});
  EXPECT_THROW((void)index.scores("lake", std::vector<int32_t>{1}), Error);
  EXPECT_THROW((void)index.scores("lake", std::vector<int32_t>{-1}), Error);
  EXPECT_THROW(Bm25(Texts{"lake"}, {.k1 = -1}), Error);
  EXPECT_THROW(Bm25(Texts{"lake"}, {.b = 2}), Error);
}

}  // namespace
}  // namespace crossrank
