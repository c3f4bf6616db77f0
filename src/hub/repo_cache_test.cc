#include "hub/repo_cache.h"

#include <gtest/gtest.h>

#include "crossrank/error.h"
#include "hub/test_in_folder.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

const std::string kCommit(40, 'c');

class RepoCacheTest : public TestInFolder {
 protected:
  RepoCache cache() const { return {folder, {"org/name"}}; }
  RepoEntry entry(const std::string& path, int64_t size) const { return {path, size, std::string(40, 'b'), ""}; }
};

TEST_F(RepoCacheTest, a_branch_is_a_file_that_holds_its_commit) {
  cache().write_ref("refs/pr/1", kCommit);
  EXPECT_EQ(contents(folder / "models--org--name/refs/refs/pr/1"), kCommit);
  EXPECT_EQ(cache().ref("refs/pr/1"), kCommit);
  EXPECT_EQ(cache().ref("main"), std::nullopt);
  file("models--org--name/refs/main", kCommit + "\n");
  EXPECT_EQ(cache().ref("main"), kCommit);
  file("models--org--name/refs/main", "../../../etc");
  EXPECT_EQ(cache().ref("main"), std::nullopt);
  cache().write_ref(kCommit, kCommit);
  EXPECT_FALSE(fs::exists(folder / "models--org--name/refs" / kCommit));
}

TEST_F(RepoCacheTest, a_snapshot_holds_relative_links_to_blobs) {
  const RepoEntry deep = entry("a/b/config.json", 3);
  cache().prepare();
  file("models--org--name/blobs/" + deep.etag(), "{ }");
  EXPECT_TRUE(cache().has_blob(deep));
  EXPECT_FALSE(cache().has(kCommit, deep));
  cache().link(kCommit, deep);
  EXPECT_TRUE(cache().has(kCommit, deep));
  EXPECT_EQ(fs::read_symlink(cache().snapshot(kCommit) / "a/b/config.json"), "../../../../blobs/" + deep.etag());
  fs::rename(folder / "models--org--name", folder / "moved");
  EXPECT_EQ(contents(folder / "moved/snapshots" / kCommit / "a/b/config.json"), "{ }");
}

TEST_F(RepoCacheTest, a_file_of_another_size_is_not_there) {
  const RepoEntry file_entry = entry("config.json", 3);
  cache().prepare();
  file("models--org--name/blobs/" + file_entry.etag(), "{");
  cache().link(kCommit, file_entry);
  EXPECT_FALSE(cache().has_blob(file_entry));
  EXPECT_FALSE(cache().has(kCommit, file_entry));
}

TEST_F(RepoCacheTest, a_link_where_a_folder_belongs_leads_nobody_out_of_the_cache) {
  const RepoEntry deep = entry("a/config.json", 3);
  cache().prepare();
  fs::create_directories(folder / "outside");
  fs::create_directories(cache().snapshot(kCommit));
  fs::create_directory_symlink(folder / "outside", cache().snapshot(kCommit) / "a");
  EXPECT_THROW(cache().link(kCommit, deep), Error);
  EXPECT_TRUE(fs::is_empty(folder / "outside"));
}

TEST_F(RepoCacheTest, a_damaged_listing_counts_as_none) {
  cache().write_tree(kCommit, {entry("a", 1)});
  ASSERT_TRUE(cache().tree(kCommit));
  EXPECT_EQ(cache().tree(kCommit)->front().path, "a");
  const std::string path = "models--org--name/trees/" + kCommit + ".json";
  for (const char* text : {"", "{", "[]", R"({"format_version":1,"files":{"../x":{"size":1,"blob_id":"a"}}})"}) {
    file(path, text);
    EXPECT_FALSE(cache().tree(kCommit)) << text;
  }
}

TEST_F(RepoCacheTest, a_cache_is_marked_for_programs_that_make_backups_and_keeps_a_mark_of_its_own) {
  cache().prepare();
  EXPECT_EQ(contents(folder / "CACHEDIR.TAG").rfind("Signature: 8a477f597d28d172789f06886806bc55", 0), 0U);
  file("CACHEDIR.TAG", "mine");
  cache().prepare();
  EXPECT_EQ(contents(folder / "CACHEDIR.TAG"), "mine");
}

}  // namespace
}  // namespace crossrank
