#include "hub/content_hash.h"

#include <gtest/gtest.h>

#include "hub/test_in_folder.h"

namespace crossrank {
namespace {

using ContentHashTest = TestInFolder;

TEST_F(ContentHashTest, hashes_are_those_of_sha256sum_and_git) {
  const auto path = file("a", "hello\n");
  EXPECT_EQ(sha256_of_file(path), "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
  EXPECT_EQ(git_blob_hash_of_file(path), "ce013625030ba8dba906f756967f9e9ca394464a");
  EXPECT_EQ(git_blob_hash_of_file(file("empty", "")), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

TEST(ContentHash, base64_pads_and_has_no_line_breaks) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("a"), "YQ==");
  EXPECT_EQ(base64("ab"), "YWI=");
  EXPECT_EQ(base64(std::string(300, '\xff')), [] {
    std::string out;
    for (int i = 0; i < 100; ++i) out += "////";
    return out;
  }());
}

}  // namespace
}  // namespace crossrank
