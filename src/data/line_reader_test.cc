#include "data/line_reader.h"

#include <gtest/gtest.h>

#include "crossrank/error.h"
#include "data/test_file.h"

namespace crossrank {
namespace {

std::vector<std::string> lines_of(const std::string& contents) {
  const TestFile file("lines.txt", contents);
  LineReader reader(file.path());
  std::vector<std::string> lines;
  while (reader.next()) lines.emplace_back(reader.line());
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineReader, the_last_line_may_go_without_an_ending) {
  EXPECT_EQ(lines_of("a\nb"), (Lines{"a", "b"}));
  EXPECT_EQ(lines_of("a\nb\n"), (Lines{"a", "b"}));
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("\n"), Lines{""});
}

TEST(LineReader, crlf_ends_a_line_and_other_carriage_returns_are_text) { EXPECT_EQ(lines_of("a\r\nb\rc\n"), (Lines{"a", "b\rc"})); }

TEST(LineReader, drops_a_byte_order_mark_and_keeps_nul) {
  EXPECT_EQ(lines_of(std::string("\xEF\xBB\xBF") + "a" + '\0' + "b\nc\n"), (Lines{std::string("a\0b", 3), "c"}));
}

TEST(LineReader, utf16_is_refused_with_the_way_to_convert_it) {
  EXPECT_EQ(error_of([] { lines_of(std::string("\xFF\xFEh\0i\0", 6)); }), "lines.txt:1: UTF-16; convert it: iconv -f UTF-16 -t UTF-8");
}

TEST(LineReader, a_line_above_the_limit_is_an_error_that_names_it_and_the_next_ones_are_read) {
  const TestFile file("lines.txt", "a\n" + std::string(50'000'000, 'x') + "\nb\n");
  LineReader reader(file.path());
  EXPECT_TRUE(reader.next());
  EXPECT_EQ(error_of([&] { reader.next(); }), "lines.txt:2: longer than the 16 MiB that a line may have; split it");
  EXPECT_TRUE(reader.next());
  EXPECT_EQ(reader.line(), "b");
  EXPECT_EQ(reader.number(), 3);
  EXPECT_FALSE(reader.next());
}

TEST(LineReader, a_line_just_at_the_limit_is_read_whole) {
  const TestFile file("lines.txt", std::string(kMaxLineBytes, 'x'));
  LineReader reader(file.path());
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.line().size(), kMaxLineBytes);
}

TEST(LineReader, put_back_gives_the_same_line_again) {
  const TestFile file("lines.txt", "a\nb\n");
  LineReader reader(file.path());
  reader.next();
  reader.put_back();
  EXPECT_TRUE(reader.next());
  EXPECT_EQ(reader.line(), "a");
  EXPECT_EQ(reader.number(), 1);
}

TEST(LineReader, knows_how_much_of_a_file_was_read) {
  const TestFile file("lines.txt", "aaa\nbbb\n");
  LineReader reader(file.path());
  reader.next();
  EXPECT_DOUBLE_EQ(reader.fraction_read(), 0.5);
}

TEST(LineReader, names_what_cannot_be_opened_or_read) {
  EXPECT_EQ(error_of([] { LineReader("/nowhere/docs.txt"); }), "docs.txt: No such file or directory");
  EXPECT_EQ(error_of([] { LineReader("/tmp").next(); }), "tmp: Is a directory");
}

}  // namespace
}  // namespace crossrank
