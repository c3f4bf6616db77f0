#include "mining/mining_options.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "mining/mined_rows.h"

namespace crossrank {
namespace {

TEST(MiningOptions, deprecated_ones_become_what_they_stand_for_and_say_so) {
  MiningOptions options{.output_format = MinedFormat::kNTupleScores, .margin = 0.25};
  const auto notes = settle(options);
  EXPECT_EQ(notes.size(), 2U);
  EXPECT_EQ(options.absolute_margin, 0.25);
  EXPECT_EQ(options.output_format, MinedFormat::kNTuple);
  EXPECT_TRUE(options.output_scores);
  options = {.as_triplets = false};
  EXPECT_EQ(settle(options).size(), 1U);
  EXPECT_EQ(options.output_format, MinedFormat::kNTuple);
  EXPECT_TRUE(settle(options).empty());
}

TEST(MiningOptions, that_make_no_sense_are_refused_before_anything_is_read) {
  for (const MiningOptions& given :
       {MiningOptions{.num_negatives = 0}, MiningOptions{.range_min = -1}, MiningOptions{.range_min = 5, .range_max = 5},
        MiningOptions{.num_negatives = 4, .range_min = 2, .range_max = 5}, MiningOptions{.max_score = NAN},
        MiningOptions{.relative_margin = INFINITY}, MiningOptions{.faiss_batch_size = 0}}) {
    MiningOptions options = given;
    try {
      settle(options);
      ADD_FAILURE() << "was taken";
    } catch (const Error& problem) {
      EXPECT_EQ(problem.code(), ErrorCode::kUsage) << problem.what();
    }
  }
}

TEST(MiningOptions, range_max_leaves_room_for_positives_and_for_what_bounds_refuse) {
  EXPECT_EQ(range_max_of({}, 1, false), 3 + 1);
  EXPECT_EQ(range_max_of({.num_negatives = 5, .range_min = 7}, 2, false), 7 + 5 + 2);
  EXPECT_EQ(range_max_of({.num_negatives = 5, .range_min = 7, .relative_margin = 0.1}, 2, false), 7 + 50 + 2);
  EXPECT_EQ(range_max_of({.min_score = 0.1}, 1, false), 3 + 1);  // refuses the last ones alone
  EXPECT_EQ(range_max_of({.min_score = 0.1}, 1, true), 30 + 1);  // unless a cross-encoder puts them in another order
  EXPECT_EQ(range_max_of({.range_max = 9, .max_score = 0.5}, 4, true), 9);
}

TEST(MiningOptions, largest_counts_do_not_overflow) {
  constexpr int kMost = std::numeric_limits<int>::max();
  EXPECT_EQ(range_max_of({.num_negatives = kMost, .range_min = kMost, .max_score = 1}, kMost, true), int64_t{kMost} * 12);
}

TEST(MinedColumns, are_those_of_the_format) {
  const PairColumns names{"question", "answer"};
  using Names = std::vector<std::string>;
  EXPECT_EQ(mined_columns({.num_negatives = 2, .output_format = MinedFormat::kNTuple, .output_scores = true}, names),
            (Names{"question", "answer", "negative_1", "negative_2", "scores"}));
  EXPECT_EQ(mined_columns({.output_format = MinedFormat::kLabeledPair}, names), (Names{"question", "answer", "label"}));
  EXPECT_EQ(mined_columns({.output_format = MinedFormat::kLabeledList, .output_scores = true}, names),
            (Names{"question", "answer", "scores"}));
}

TEST(MinedColumns, refuse_a_name_that_stands_twice) {
  EXPECT_THROW(mined_columns({}, {"query", "negative"}), Error);
  EXPECT_THROW(mined_columns({.output_format = MinedFormat::kLabeledPair}, {"label", "text"}), Error);
}

}  // namespace
}  // namespace crossrank
