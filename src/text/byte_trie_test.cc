#include "text/byte_trie.h"

#include <gtest/gtest.h>

#include "text/string_index.h"

namespace crossrank {
namespace {

TEST(ByteTrie, finds_the_longest_string_that_begins_a_text) {
  const ByteTrie trie({{"ab", 1}, {"abcd", 2}, {"b", 3}, {"\xFF", 4}});
  EXPECT_EQ(trie.longest("abcx").value, 1);
  EXPECT_EQ(trie.longest("abcx").length, 2u);
  EXPECT_EQ(trie.longest("abcde").value, 2);
  EXPECT_EQ(trie.longest("bb").length, 1u);
  EXPECT_EQ(trie.longest("\xFF").value, 4);
  EXPECT_EQ(trie.longest("a").length, 0u);
  EXPECT_EQ(trie.longest("").length, 0u);
  EXPECT_EQ(trie.next_candidate("xxbx", 0), 2u);
  EXPECT_EQ(trie.next_candidate("xxbx", 3), 4u);
}

TEST(ByteTrie, without_strings_finds_nothing) {
  const ByteTrie trie({});
  EXPECT_TRUE(trie.empty());
  EXPECT_EQ(trie.longest("abc").length, 0u);
  EXPECT_EQ(trie.next_candidate("abc", 0), 3u);
}

TEST(StringIndex, keeps_every_string_while_it_grows) {
  StringIndex index;
  for (int32_t i = 0; i < 5000; ++i) index.insert("token" + std::to_string(i), i);
  index.insert("token7", 70000);
  index.insert("", 9);
  for (int32_t i = 0; i < 5000; ++i) EXPECT_EQ(index.find("token" + std::to_string(i)), i == 7 ? 70000 : i);
  EXPECT_EQ(index.find(""), 9);
  EXPECT_EQ(index.find("token"), -1);
  EXPECT_EQ(index.size(), 5001u);
  EXPECT_EQ(index.max_length(), 9u);
}

}  // namespace
}  // namespace crossrank
