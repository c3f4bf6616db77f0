#include "mining/mine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "mining/mining_test.h"

namespace crossrank {
namespace {

// Three queries, an answer each; every query likes every document a little less than the one before.
class Mine : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"a", "b", "c"}) {
      pairs_.add_pair("query " + name, "answer " + name, {"file:" + name, "question"}, {"file:" + name, "answer"});
    }
    pairs_.settle();
  }

  MiningReport mine(const MiningOptions& options, const Rescorer& rescorer = {}) {
    return mine_hard_negatives(options, pairs_, stage_, rescorer, writer_);
  }
  std::string error_of(const Rescorer& rescorer) {
    try {
      mine({.num_negatives = 1, .max_score = 1}, rescorer);
    } catch (const Error& problem) {
      return problem.what();
    }
    return "";
  }

  MiningPairs pairs_;
  TableStage stage_{pairs_, {{0.9F, 0.8F, 0.7F}, {0.9F, 0.8F, 0.7F}, {0.9F, 0.8F, 0.7F}}};
  CollectingWriter writer_;
};

TEST_F(Mine, never_mines_a_positive) {
  mine({.num_negatives = 2});
  ASSERT_EQ(writer_.rows.size(), 6U);
  for (const auto& row : writer_.rows) EXPECT_NE(row[1], row[2]);
}

TEST_F(Mine, asks_the_cross_encoder_for_nothing_where_no_bound_is_set) {
  const Rescorer rescorer = [](std::span<const TextPair>, const Progress&) -> std::vector<float> { throw std::logic_error("asked"); };
  EXPECT_NO_THROW(mine({.num_negatives = 1}, rescorer));
  EXPECT_THROW(mine({.num_negatives = 1, .max_score = 0.5}, rescorer), std::logic_error);
}

TEST_F(Mine, orders_negatives_by_the_cross_encoder_where_it_scored_them) {
  const Rescorer rescorer = [](std::span<const TextPair> pairs, const Progress&) {
    std::vector<float> scores;
    for (const TextPair& pair : pairs) scores.push_back(pair.document == "answer c" ? 0.5F : 0.1F);
    return scores;
  };
  mine({.num_negatives = 1, .max_score = 1}, rescorer);
  ASSERT_EQ(writer_.rows.size(), 3U);
  EXPECT_EQ(writer_.rows[0][2], "answer c");
  EXPECT_EQ(writer_.rows[1][2], "answer c");
  EXPECT_EQ(writer_.rows[2][2], "answer a");
}

TEST_F(Mine, names_the_row_of_a_pair_whose_score_is_no_number) {
  const std::string message = error_of([](std::span<const TextPair> pairs, const Progress&) {
    std::vector<float> scores;
    for (const TextPair& pair : pairs) scores.push_back(pair.query == "query b" && pair.document == "answer c" ? std::nanf("") : 0.5F);
    return scores;
  });
  EXPECT_TRUE(message.starts_with("file:b: field question: ")) << message;
  EXPECT_NE(message.find("\"query b\" with the document \"answer c\""), std::string::npos) << message;
}

TEST_F(Mine, names_the_row_of_a_pair_that_the_model_refuses) {
  const std::string message = error_of([](std::span<const TextPair> pairs, const Progress&) {
    for (const TextPair& pair : pairs) {
      if (pair.query == "query c" && pair.document == "answer b") throw Error(ErrorCode::kModel, "the output is not a number");
    }
    return std::vector<float>(pairs.size());
  });
  EXPECT_TRUE(message.starts_with("file:c: field question: ")) << message;
  EXPECT_NE(message.find("\"query c\" with the document \"answer b\""), std::string::npos) << message;
}

TEST_F(Mine, counts_progress_of_rescoring_over_all_pairs) {
  int64_t last = 0, total = 0;
  MiningEvents events;
  events.stage = [&](std::string_view, std::string_view) {
    return [&](int64_t done, int64_t of) {
      EXPECT_GE(done, last);
      last = done;
      total = of;
    };
  };
  const Rescorer rescorer = [](std::span<const TextPair> pairs, const Progress& progress) {
    progress(std::ssize(pairs), std::ssize(pairs));
    return std::vector<float>(pairs.size(), 0.5F);
  };
  mine_hard_negatives({.num_negatives = 1, .max_score = 1}, pairs_, stage_, rescorer, writer_, events);
  EXPECT_EQ(total, 9 + 3);
  EXPECT_EQ(last, total);
}

TEST(Bm25Stage, mines_texts_that_share_words_and_are_no_answers) {
  MiningPairs pairs;
  pairs.add_document("the mountain road is closed in winter");
  pairs.add_document("a recipe for bread");
  pairs.add_pair("how high is the mountain", "the mountain is 8,611 metres high");
  pairs.settle();
  CollectingWriter writer;
  const auto stage = bm25_stage(pairs, {.threads = 2});
  const MiningReport report = mine_hard_negatives({.num_negatives = 2, .output_scores = true}, pairs, *stage, {}, writer);
  ASSERT_EQ(writer.rows.size(), 1U);  // bread shares no word
  EXPECT_EQ(writer.rows[0][2], "the mountain road is closed in winter");
  EXPECT_GT(writer.rows[0][3][0].get<float>(), writer.rows[0][3][1].get<float>());
  EXPECT_EQ(report.possible_rows, 2);
}

}  // namespace
}  // namespace crossrank
