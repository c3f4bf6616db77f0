#include "run/card/markdown.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(Markdown, a_text_is_one_line_without_marks) {
  EXPECT_EQ(markdown_text("per_device_train_batch_size: {'a': [1, 2]} #x 50% (1)"),
            "per_device_train_batch_size: {'a': [1, 2]} #x 50% (1)");
  EXPECT_EQ(markdown_text("a\nb\r\nc\td\x01"), "a b  c d\xEF\xBF\xBD");
  EXPECT_EQ(markdown_text("*a* _b_ `c` ~d~ $e$ a|b \\"), "\\*a\\* \\_b\\_ \\`c\\` \\~d\\~ \\$e\\$ a\\|b \\\\");
  EXPECT_EQ(markdown_text("<b> & -->"), "&lt;b&gt; &amp; --&gt;");
  EXPECT_EQ(markdown_text("[a](b) [c][d] [e]: f []"), "[a\\](b) [c\\][d] [e\\]: f []");
  EXPECT_EQ(markdown_text("\xF0\x9F\x98\x80 \xC3\xA9\xFF"), "\xF0\x9F\x98\x80 \xC3\xA9\xEF\xBF\xBD");
}

TEST(Markdown, code_in_a_cell_shows_what_the_text_holds) {
  EXPECT_EQ(markdown_code("what is tea? a-b, 'c' \"d\""), "<code>what is tea? a-b, 'c' \"d\"</code>");
  EXPECT_EQ(markdown_code("a|b\nc\r\nd\\|"), "<code>a\\|b<br>c<br>d&#92;\\|</code>");
  EXPECT_EQ(markdown_code("</code><i>&amp;"), "<code>&lt;/code&gt;&lt;i&gt;&amp;amp;</code>");
  EXPECT_EQ(markdown_code("*a*_`[~$"), "<code>&#42;a&#42;&#95;&#96;&#91;&#126;&#36;</code>");
  EXPECT_EQ(markdown_code(std::string_view("a\0b\xFF", 4)),
            "<code>a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD</code>");
}

// GitHub's Markdown makes links of bare addresses, and entities behind them would become part of the link.
TEST(Markdown, a_bare_address_is_no_link) {
  EXPECT_EQ(markdown_text("http://a.b* www.c.d a@b.c"), "http&#58;//a.b\\* www&#46;c.d a&#64;b.c");
  EXPECT_EQ(markdown_code("http://a.b* www.c.d a@b.c"), "<code>http&#58;//a.b&#42; www&#46;c.d a&#64;b.c</code>");
  EXPECT_EQ(markdown_text("NanoNQ_R100_ndcg@10: 1.5"), "NanoNQ_R100_ndcg@10: 1.5");
}

TEST(Markdown, spans_and_blocks_take_more_backticks_than_they_hold) {
  EXPECT_EQ(markdown_code_span("seed"), "`seed`");
  EXPECT_EQ(markdown_code_span("a`b``c\nd"), "``` a`b``c d ```");
  EXPECT_EQ(markdown_code_span(""), "`  `");
  EXPECT_EQ(markdown_block("json", "{}"), "```json\n{}\n```");
  EXPECT_EQ(markdown_block("", "a\n````\n"), "`````\na\n````\n\n`````");
}

TEST(Markdown, only_what_can_be_a_repository_is_linked) {
  EXPECT_EQ(hub_link("a_b", "org/a_b.c-d", "datasets/"), "[a_b](https://huggingface.co/datasets/org/a_b.c-d)");
  EXPECT_EQ(hub_link("x", "/path/to/x", ""), "x");
  for (const char* id : {"gpt2", "org/name", "a.b/c_d-e"}) EXPECT_TRUE(is_hub_id(id)) << id;
  for (const char* id : {"", "/a", "a/", "a/b/c", "a b", "../a", "a/..", "a--b", ".a", "a/b-", "\xC3\xA9", "a)b"})
    EXPECT_FALSE(is_hub_id(id)) << id;
  EXPECT_FALSE(is_hub_id(std::string(97, 'a')));
}

TEST(Markdown, columns_are_as_wide_as_their_widest_cell_in_characters) {
  EXPECT_EQ(markdown_table({{"", "b"}, {"\xC3\xA9\xC3\xA9", "c"}}, Align::kLeft), "|    | b |\n|:---|:--|\n| \xC3\xA9\xC3\xA9 | c |\n");
  EXPECT_EQ(markdown_table({{"Epoch"}, {"1.0"}}, Align::kCentre), "| Epoch |\n|:-----:|\n| 1.0   |\n");
}

TEST(Markdown, a_bullet_s_block_is_indented_but_for_empty_lines) { EXPECT_EQ(in_bullet("a\n\nb"), "  a\n\n  b\n"); }

}  // namespace
}  // namespace crossrank
