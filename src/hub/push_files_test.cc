#include "hub/push_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "crossrank/error.h"
#include "hub/test_in_folder.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

class PushFilesTest : public TestInFolder {
 protected:
  std::vector<std::string> paths() const {
    std::vector<std::string> found;
    for (const PushFile& file : files_to_push(folder / "model")) found.push_back(file.path);
    return found;
  }
  std::string error() const {
    try {
      files_to_push(folder / "model");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(PushFilesTest, all_files_are_found_but_those_of_git_and_of_caches) {
  for (const char* name : {"b.json", "a/c.json", ".gitattributes", "a/.hidden", ".git/HEAD", "a/.git/HEAD", ".cache/huggingface/x"}) {
    file(std::string("model/") + name, "x");
  }
  EXPECT_EQ(paths(), (std::vector<std::string>{".gitattributes", "a/.hidden", "a/c.json", "b.json"}));
  EXPECT_EQ(files_to_push(folder / "model").front().size, 1);
}

TEST_F(PushFilesTest, a_link_inside_the_folder_is_the_file_that_it_leads_to) {
  file("model/a", "x");
  fs::create_symlink("a", folder / "model/b");
  EXPECT_EQ(paths(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(PushFilesTest, the_folder_itself_may_be_a_link) {
  file("real/a", "x");
  fs::create_directory_symlink("real", folder / "model");
  EXPECT_EQ(paths(), (std::vector<std::string>{"a"}));
}

TEST_F(PushFilesTest, links_that_leave_the_folder_are_refused) {
  file("secret", "x");
  file("model-2/secret", "x");  // a folder whose name begins alike
  file("model/a", "x");
  for (const char* target : {"../secret", "../model-2/secret", "/etc/passwd"}) {
    fs::create_symlink(target, folder / "model/link");
    EXPECT_NE(error().find("a link out of the folder"), std::string::npos) << error();
    fs::remove(folder / "model/link");
  }
  fs::create_directory_symlink("../model-2", folder / "model/link");
  EXPECT_NE(error().find("a link out of the folder"), std::string::npos) << error();
}

TEST_F(PushFilesTest, what_no_repository_can_hold_is_an_error_that_names_it) {
  file("model/a", "x");
  const auto refused = [&](const fs::path& name) {
    const std::string message = error();
    fs::remove(folder / "model" / name);
    return message.find(name.string()) != std::string::npos;
  };
  fs::create_symlink("nowhere", folder / "model/dangling");
  EXPECT_TRUE(refused("dangling"));
  fs::create_directory_symlink(".", folder / "model/loop");
  EXPECT_TRUE(refused("loop"));
  ASSERT_EQ(::mkfifo((folder / "model/pipe").c_str(), 0600), 0);
  EXPECT_TRUE(refused("pipe"));
  file("model/back\\slash", "x");
  EXPECT_TRUE(refused("back\\slash"));
  EXPECT_EQ(error(), "");
}

TEST_F(PushFilesTest, nothing_to_push_is_an_error) {
  EXPECT_NE(error(), "");
  fs::create_directory(folder / "model");
  EXPECT_NE(error().find("no file"), std::string::npos);
  fs::remove(folder / "model");
  file("model", "a file");
  EXPECT_NE(error().find("no folder"), std::string::npos);
}

}  // namespace
}  // namespace crossrank
