#include "base/mapped_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "crossrank/error.h"

namespace crossrank {
namespace {

std::filesystem::path write_file(const std::string& name, const std::string& content) {
  const auto path = std::filesystem::path(testing::TempDir()) / name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(MappedFile, gives_the_bytes_of_the_file) {
  const auto file = MappedFile::open(write_file("mapped_file_bytes", std::string("ab\0c", 4)));
  EXPECT_EQ(file->text(), std::string_view("ab\0c", 4));
  EXPECT_EQ(file->bytes().size(), 4u);
}

TEST(MappedFile, an_empty_file_is_empty_bytes) { EXPECT_TRUE(MappedFile::open(write_file("mapped_file_empty", ""))->bytes().empty()); }

TEST(MappedFile, what_is_no_regular_file_is_an_error_that_names_it) {
  EXPECT_THROW(MappedFile::open("/no/such/file"), Error);
  EXPECT_THROW(MappedFile::open("/tmp"), Error);
  EXPECT_THROW(read_file("/dev/null", 10), Error);
}

TEST(ReadFile, refuses_more_than_the_limit_before_reading) {
  const auto path = write_file("read_file_limit", "12345");
  EXPECT_EQ(read_file(path, 5), "12345");
  EXPECT_THROW(read_file(path, 4), Error);
}

}  // namespace
}  // namespace crossrank
