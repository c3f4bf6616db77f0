// RepoCache: one repository in the cache that huggingface_hub lays out: what lies where, and how it gets there.
//
//   CACHE/models--org--name/blobs/ETAG                        contents, by hash
//                           snapshots/COMMIT/folder/file      links to blobs, relative
//                           refs/main                         a commit
//                           trees/COMMIT.json                 every file of a commit
//   CACHE/.locks/models--org--name/ETAG.lock
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/answers.h"
#include "hub/hub.h"

namespace crossrank {

/// Const calls may come from several threads.
class RepoCache {
 public:
  RepoCache(const std::filesystem::path& cache, const HubRepo& repo);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path snapshot(const std::string& commit) const { return folder_ / "snapshots" / commit; }
  std::filesystem::path blob(const RepoEntry& entry) const { return folder_ / "blobs" / entry.etag(); }
  std::filesystem::path lock_file(const RepoEntry& entry) const { return locks_ / (entry.etag() + ".lock"); }

  /// The commit that a branch or tag was when it was last asked for.
  std::optional<std::string> ref(const std::string& revision) const;
  void write_ref(const std::string& revision, const std::string& commit) const;

  /// The cached listing of a commit. A damaged one counts as none.
  std::optional<std::vector<RepoEntry>> tree(const std::string& commit) const;
  void write_tree(const std::string& commit, const std::vector<RepoEntry>& entries) const;

  /// The file is in the snapshot, in its full size.
  bool has(const std::string& commit, const RepoEntry& entry) const;
  bool has_blob(const RepoEntry& entry) const;

  /// Makes the folders that downloads need, and marks the cache for programs that make backups (CACHEDIR.TAG).
  void prepare() const;
  /// Puts the file into the snapshot: a relative link to its blob, or a copy where the file system has no links. Error(kHub) when a
  /// folder on the way is a link: it would lead out of the cache.
  void link(const std::string& commit, const RepoEntry& entry) const;

 private:
  std::filesystem::path cache_, folder_, locks_;
};

}  // namespace crossrank
