#include "mining/mining_pairs.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(UniqueTexts, keep_the_order_in_which_texts_first_came) {
  UniqueTexts texts;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(texts.add("text " + std::to_string(i)), i);
  }
  EXPECT_EQ(texts.size(), 1000);
  EXPECT_EQ(texts[17], "text 17");
}

TEST(MiningPairs, group_positives_by_query_and_count_a_repeated_pair_once) {
  MiningPairs pairs;
  pairs.add_document("extra");
  pairs.add_document("x");
  for (const auto& [query, positive] : {std::pair{"q", "x"}, {"r", "y"}, {"q", "z"}, {"q", "x"}, {"r", "extra"}})
    pairs.add_pair(query, positive);
  pairs.settle();
  EXPECT_EQ(pairs.corpus().texts(), (std::vector<std::string>{"extra", "x", "y", "z"}));
  EXPECT_EQ(pairs.queries().texts(), (std::vector<std::string>{"q", "r"}));
  ASSERT_EQ(pairs.num_pairs(), 4);
  EXPECT_EQ(std::vector<int32_t>(pairs.positives_of(0).begin(), pairs.positives_of(0).end()), (std::vector<int32_t>{1, 3}));
  EXPECT_EQ(std::vector<int32_t>(pairs.positives_of(1).begin(), pairs.positives_of(1).end()), (std::vector<int32_t>{2, 0}));
  EXPECT_EQ(pairs.first_pair(2), 4);
  EXPECT_EQ(pairs.query_of(3), 1);
  EXPECT_EQ(pairs.num_rows(), 5);
  EXPECT_EQ(pairs.max_rows_of_a_query(), 3);  // with the repeated one, as the reference counts
}

TEST(MiningPairs, know_where_each_text_came_first) {
  MiningPairs pairs;
  pairs.add_document("x", {"corpus:1", "text"});
  pairs.add_document("x", {"corpus:2", "text"});
  pairs.add_pair("q", "x", {"pairs:1", "query"}, {"pairs:1", "answer"});
  pairs.add_pair("r", "y", {"pairs:2", "query"}, {"pairs:2", "answer"});
  pairs.add_pair("q", "y", {"pairs:3", "query"}, {"pairs:3", "answer"});
  EXPECT_EQ(pairs.query_places()[0], "pairs:1: field query");
  EXPECT_EQ(pairs.query_places()[1], "pairs:2: field query");
  EXPECT_EQ(pairs.corpus_places()[0], "corpus:1: field text");
  EXPECT_EQ(pairs.corpus_places()[1], "pairs:2: field answer");
}

TEST(MiningPairs, of_nothing_are_none) {
  MiningPairs pairs;
  pairs.settle();
  EXPECT_EQ(pairs.num_pairs(), 0);
  EXPECT_EQ(pairs.first_pair(0), 0);
}

}  // namespace
}  // namespace crossrank
