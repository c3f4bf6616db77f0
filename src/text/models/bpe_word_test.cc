#include "text/models/bpe_word.h"

#include <gtest/gtest.h>

#include <random>

namespace crossrank {
namespace {

// Every pair of symbols below 40 may merge, into a symbol below 40: many merges, many equal symbols.
MergeTable random_merges(std::mt19937& random) {
  MergeTable merges;
  for (uint32_t rank = 0; rank < 400; ++rank) {
    merges.insert(static_cast<int32_t>(random() % 40), static_cast<int32_t>(random() % 40), {rank, static_cast<int32_t>(40 + rank)});
  }
  return merges;
}

// The definition: merge the leftmost pair of lowest rank until there is none.
std::vector<int32_t> merge_by_definition(const MergeTable& merges, std::vector<int32_t> symbols) {
  while (true) {
    size_t best = symbols.size();
    Merge merge;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      const Merge found = merges.find(symbols[i], symbols[i + 1]);
      if (found.rank < merge.rank) {
        merge = found;
        best = i;
      }
    }
    if (best == symbols.size()) return symbols;
    symbols[best] = merge.id;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

TEST(BpeWord, short_and_long_words_merge_by_the_definition) {
  std::mt19937 random(3);
  BpeWord word;
  for (int round = 0; round < 300; ++round) {
    const MergeTable merges = random_merges(random);
    std::vector<int32_t> symbols(random() % 120);
    for (int32_t& symbol : symbols) symbol = static_cast<int32_t>(random() % 40);
    word.clear();
    for (const int32_t symbol : symbols) word.add(symbol);
    word.merge(merges);
    EXPECT_EQ(word.symbols(), merge_by_definition(merges, symbols)) << symbols.size() << " symbols";
  }
}

TEST(MergeTable, the_last_merge_of_a_pair_counts) {
  MergeTable merges;
  for (int32_t i = 0; i < 100; ++i) merges.insert(i, i + 1, {static_cast<uint32_t>(i), i});
  merges.insert(5, 6, {999, 7});
  EXPECT_EQ(merges.find(5, 6).rank, 999u);
  EXPECT_EQ(merges.find(50, 51).id, 50);
  EXPECT_EQ(merges.find(51, 50).rank, Merge::kNoRank);
}

}  // namespace
}  // namespace crossrank
