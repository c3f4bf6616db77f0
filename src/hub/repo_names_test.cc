#include "hub/repo_names.h"

#include <gtest/gtest.h>

#include "crossrank/error.h"

namespace crossrank {
namespace {

TEST(RepoNamesTest, ids_are_those_that_the_hub_allows) {
  for (const char* id : {"org/name", "name", "Org-1/na_me.v2", "a/b", "0/0"}) EXPECT_TRUE(is_repo_id(id)) << id;
  for (const char* id : {"",       "/",    "a/",      "/a",  "a/b/c", "-a/b", "a/-b", "a/b-", "a/.b", "a/b.", "a--b",
                         "a/b--c", "a..b", "a/b.git", "a b", "a\\b",  "../a", "./a",  "a/..", "~",    "a:b",  "caf\xC3\xA9/a"}) {
    EXPECT_FALSE(is_repo_id(id)) << id;
  }
  EXPECT_TRUE(is_repo_id(std::string(96, 'a')));
  EXPECT_FALSE(is_repo_id(std::string(97, 'a')));
}

TEST(RepoNamesTest, paths_that_stay_in_their_folder_are_safe) {
  for (const char* path : {"a", "a/b", ".gitattributes", "..a", "a..", "a/..b/c", "\xC3\xA9", "a b", "aux", "ab:c"}) {
    EXPECT_TRUE(is_safe_repo_path(path)) << path;
  }
  for (const char* path : {"",       "/",    "/a", "a/", "a//b", ".",     "..",   "./a",   "../a", "a/.",   "a/..",
                           "a/../b", "a\\b", "\\", "C:", "C:a",  "a/d:b", "a\nb", "a\x7F", "\xFF", "a/\xC3"}) {
    EXPECT_FALSE(is_safe_repo_path(path)) << path;
  }
  EXPECT_FALSE(is_safe_repo_path(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_safe_repo_path(std::string(240, 'a')));
  EXPECT_FALSE(is_safe_repo_path(std::string(241, 'a')));
}

TEST(RepoNamesTest, revisions_are_what_git_allows_and_stay_below_refs) {
  for (const char* name : {"main", "v1.0", "refs/pr/1", "feature/x"}) EXPECT_TRUE(is_revision(name)) << name;
  for (const char* name : {"",    "-x",  "a..b", "../x", "/a", "a/", "a//b", ".a",   "a/.b", "a.lock",
                           "a b", "a~1", "a^",   "a:b",  "a?", "a*", "a[",   "a\\b", "a\n",  "\xFF"}) {
    EXPECT_FALSE(is_revision(name)) << name;
  }
}

TEST(RepoNamesTest, hashes_are_lower_case_and_of_their_length) {
  EXPECT_TRUE(is_commit_hash(std::string(40, 'f')));
  EXPECT_FALSE(is_commit_hash(std::string(40, 'F')));
  EXPECT_FALSE(is_commit_hash(std::string(39, 'f')));
  EXPECT_FALSE(is_commit_hash(std::string(40, 'g')));
  EXPECT_TRUE(is_sha256(std::string(64, '0')));
  EXPECT_FALSE(is_sha256(std::string(40, '0')));
}

TEST(RepoNamesTest, the_cache_has_a_folder_for_each_repository) {
  EXPECT_EQ(cache_folder_name({"org/name"}), "models--org--name");
  EXPECT_EQ(cache_folder_name({"squad", RepoType::kDataset}), "datasets--squad");
}

TEST(RepoNamesTest, a_model_needs_its_weights_settings_and_modules_and_nothing_of_other_runtimes) {
  for (const char* path : {"config.json", "model.safetensors", "model-00001-of-00002.safetensors", "model.safetensors.index.json",
                           "tokenizer.json", "modules.json", "1_Pooling/config.json", "2_Dense/model.safetensors"}) {
    EXPECT_TRUE(is_model_file(path)) << path;
  }
  for (const char* path : {"README.md", "pytorch_model.bin", "onnx/config.json", "openvino/config.json", "checkpoint-500/model.safetensors",
                           ".git/config.json", "runs/config.json", "train.jsonl"}) {
    EXPECT_FALSE(is_model_file(path)) << path;
  }
}

TEST(RepoNamesTest, an_id_or_revision_that_can_be_none_is_wrong_usage) {
  EXPECT_NO_THROW(check_repo({"org/name", RepoType::kModel, "refs/pr/1"}));
  for (const HubRepo& repo : {HubRepo{"../x"}, HubRepo{"a/b", RepoType::kModel, "../../x"}}) {
    try {
      check_repo(repo);
      FAIL() << repo.id;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
    }
  }
}

}  // namespace
}  // namespace crossrank
