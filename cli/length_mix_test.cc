#include "cli/length_mix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "crossrank/error.h"

namespace crossrank {
namespace {

constexpr int kSpecial = 3;

TEST(LengthMix, mixed_is_the_workload_of_the_benchmarks) {
  const std::vector<int> lengths = pair_lengths(parse_length_mix("mixed"), 100, kSpecial);
  // document_lengths() of bench/workload.py: 12,198 tokens, of which these come first.
  EXPECT_EQ(std::accumulate(lengths.begin(), lengths.end(), 0), 12198 + 100 * (kQueryTokens + kSpecial));
  const int first[] = {66, 61, 130, 145, 230, 45, 55, 70, 99, 182};
  for (size_t i = 0; i < std::size(first); ++i) EXPECT_EQ(lengths[i], first[i] + kQueryTokens + kSpecial) << i;
  EXPECT_EQ(*std::min_element(lengths.begin(), lengths.end()), 25);
  EXPECT_EQ(*std::max_element(lengths.begin(), lengths.end()), 515);
}

TEST(LengthMix, uniform_spreads_evenly_and_fixed_not_at_all) {
  std::vector<int> lengths = pair_lengths(parse_length_mix("uniform:16-25"), 20, kSpecial);
  EXPECT_FALSE(std::is_sorted(lengths.begin(), lengths.end()));
  std::sort(lengths.begin(), lengths.end());
  for (size_t i = 0; i < lengths.size(); ++i) EXPECT_EQ(lengths[i], 16 + static_cast<int>(i) / 2);
  EXPECT_EQ(pair_lengths(parse_length_mix("fixed:128"), 3, kSpecial), (std::vector<int>{128, 128, 128}));
  EXPECT_EQ(pair_lengths(parse_length_mix("uniform:7-2147483647"), 1, kSpecial).front(), 1073741827);
}

TEST(LengthMix, other_words_are_refused_with_what_there_is) {
  for (const char* word : {"", "mix", "fixed", "fixed:", "fixed:0", "fixed:-3", "fixed:12x", "uniform", "uniform:16", "uniform:20-10",
                           "uniform:0-10", "uniform:5-", "fixed:99999999999", "mixed:3"}) {
    SCOPED_TRACE(word);
    try {
      parse_length_mix(word);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      EXPECT_NE(std::string(error.what()).find("uniform:16-256"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace crossrank
