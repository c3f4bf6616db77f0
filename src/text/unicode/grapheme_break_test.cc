#include "text/unicode/grapheme_break.h"

#include <gtest/gtest.h>

#include <string>

namespace crossrank {
namespace {

// The text with a bar after each cluster.
std::string cut(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t length = GraphemeBreaks::get().cluster_end(text);
    out.append(text.substr(0, length)).push_back('|');
    text.remove_prefix(length);
  }
  return out;
}

TEST(GraphemeBreaks, clusters_are_those_of_annex_29) {
  EXPECT_EQ(cut("ab"), "a|b|");
  EXPECT_EQ(cut("\r\n\n\r"), "\r\n|\n|\r|");
  EXPECT_EQ(cut("a\u0301\u0302b"), "a\u0301\u0302|b|");
  EXPECT_EQ(cut("\n\u0301"), "\n|\u0301|");
  EXPECT_EQ(cut("\u1100\u1161\u11A8\u1100"), "\u1100\u1161\u11A8|\u1100|");
  EXPECT_EQ(cut("\uAC00\u11A8\uAC01\u1161"), "\uAC00\u11A8|\uAC01|\u1161|");
  EXPECT_EQ(cut("\U0001F1E9\U0001F1EA\U0001F1EB"), "\U0001F1E9\U0001F1EA|\U0001F1EB|");
  EXPECT_EQ(cut("\U0001F469\u200D\U0001F467a\u200D\U0001F467"), "\U0001F469\u200D\U0001F467|a\u200D|\U0001F467|");
  EXPECT_EQ(cut("\u263A\uFE0F\u200D\u263A"), "\u263A\uFE0F\u200D\u263A|");
  EXPECT_EQ(cut("\u0600a"), "\u0600a|");
  EXPECT_EQ(cut("\u0915\u094D\u0924\u0915\u0924"), "\u0915\u094D\u0924|\u0915|\u0924|");  // a conjunct: GB9c
  EXPECT_EQ(cut("\u0915\u094D\u200D\u0924"), "\u0915\u094D\u200D\u0924|");
  EXPECT_EQ(cut("\u0E01\u0E33"), "\u0E01\u0E33|");
}

}  // namespace
}  // namespace crossrank
