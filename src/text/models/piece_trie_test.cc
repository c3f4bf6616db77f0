#include "text/models/piece_trie.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace crossrank {
namespace {

using Matches = std::vector<std::pair<size_t, int32_t>>;

Matches matches(const PieceTrie& trie, std::string_view text) {
  Matches found;
  trie.for_each_prefix(text, [&](size_t length, int32_t id) { found.emplace_back(length, id); });
  return found;
}

TEST(PieceTrie, finds_each_piece_that_begins_a_text_the_shortest_first) {
  const PieceTrie trie({{"a", 0}, {"abc", 1}, {"b", 2}, {"ab", 3}, {"", 4}, {"\xFF\x01", 5}});
  EXPECT_EQ(matches(trie, "abcd"), (Matches{{1, 0}, {2, 3}, {3, 1}}));
  EXPECT_EQ(matches(trie, "ba"), (Matches{{1, 2}}));
  EXPECT_EQ(matches(trie, "\xFF\x01"), (Matches{{2, 5}}));
  EXPECT_EQ(matches(trie, "\xFF"), Matches{});
  EXPECT_EQ(matches(trie, ""), Matches{});
}

TEST(PieceTrie, of_equal_pieces_the_highest_id_counts) {
  EXPECT_EQ(matches(PieceTrie({{"a", 2}, {"a", 7}, {"a", 3}}), "a"), (Matches{{1, 7}}));
}

TEST(PieceTrie, without_pieces_nothing_is_found) {
  EXPECT_EQ(matches(PieceTrie({}), "abc"), Matches{});
  EXPECT_EQ(matches(PieceTrie({{"", 0}}), std::string_view("\0", 1)), Matches{});
}

TEST(PieceTrie, random_pieces_are_found_as_a_map_finds_them) {
  std::mt19937 random(5);
  for (const uint32_t letters : {2u, 20u, 256u}) {
    std::map<std::string, int32_t> pieces;
    for (int32_t id = 0; id < 3000; ++id) {
      std::string piece(1 + random() % 7, '\0');
      for (char& c : piece) c = static_cast<char>(random() % letters);
      pieces[piece] = id;
    }
    const PieceTrie trie({pieces.begin(), pieces.end()});
    for (int round = 0; round < 2000; ++round) {
      std::string text(random() % 9, '\0');
      for (char& c : text) c = static_cast<char>(random() % letters);
      Matches expected;
      for (size_t length = 1; length <= text.size(); ++length) {
        const auto found = pieces.find(text.substr(0, length));
        if (found != pieces.end()) expected.emplace_back(length, found->second);
      }
      ASSERT_EQ(matches(trie, text), expected) << letters << " letters";
    }
  }
}

}  // namespace
}  // namespace crossrank
