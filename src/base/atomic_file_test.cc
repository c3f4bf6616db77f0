#include "base/atomic_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/test_folder.h"
#include "crossrank/error.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public ::testing::Test {
 protected:
  static std::string contents(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  int files() const { return static_cast<int>(std::distance(fs::directory_iterator(folder), {})); }

  const TestFolder own_;
  const fs::path folder = own_.path();
};

TEST_F(AtomicFileTest, appears_whole_on_commit_and_leaves_nothing_else) {
  AtomicFile file(folder / "out.txt");
  file.write("a");
  file.write("b\n");
  EXPECT_FALSE(fs::exists(folder / "out.txt"));
  file.commit();
  EXPECT_EQ(contents(folder / "out.txt"), "ab\n");
  EXPECT_EQ(files(), 1);
}

TEST_F(AtomicFileTest, without_commit_the_old_contents_stay) {
  std::ofstream(folder / "out.txt") << "old";
  {
    AtomicFile file(folder / "out.txt");
    file.write("new");
  }
  EXPECT_EQ(contents(folder / "out.txt"), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(AtomicFileTest, keeps_the_permissions_of_the_file_it_replaces) {
  std::ofstream(folder / "out.txt") << "old";
  fs::permissions(folder / "out.txt", fs::perms::owner_read | fs::perms::owner_write);
  AtomicFile file(folder / "out.txt");
  file.write("new");
  file.commit();
  EXPECT_EQ(contents(folder / "out.txt"), "new");
  EXPECT_EQ(fs::status(folder / "out.txt").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(AtomicFileTest, replaces_what_a_link_points_to) {
  std::ofstream(folder / "real.txt") << "old";
  fs::create_symlink("real.txt", folder / "link.txt");
  AtomicFile file(folder / "link.txt");
  file.write("new");
  file.commit();
  EXPECT_TRUE(fs::is_symlink(folder / "link.txt"));
  EXPECT_EQ(contents(folder / "real.txt"), "new");
}

TEST_F(AtomicFileTest, refuses_a_folder_that_is_not_there) {
  try {
    AtomicFile file(folder / "none" / "out.txt");
    FAIL() << "was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(std::string(error.what()).find("out.txt: No such file"), std::string::npos) << error.what();
  }
}

TEST_F(AtomicFileTest, a_device_is_written_to_directly_and_a_full_one_is_an_error) {
  AtomicFile null("/dev/null");
  null.write("x");
  null.commit();
  AtomicFile full("/dev/full");
  EXPECT_THROW(full.write("x"), Error);
}

}  // namespace
}  // namespace crossrank
