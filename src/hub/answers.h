// The Hub's answers: JSON from a stranger to checked values. No network here, so that it can be fuzzed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// A file of a repository at a commit.
struct RepoEntry {
  std::string path;  // safe to use below a folder
  int64_t size = 0;
  std::string blob_id;  // git's hash of the blob (of the pointer for an LFS file)
  std::string sha256;   // of an LFS file's content; empty for others

  /// The name of its content in the cache.
  const std::string& etag() const { return sha256.empty() ? blob_id : sha256; }
};

// `where` names the address, or the file, that gave the text; errors are Error(kHub) that begin with it.

/// {"sha": ..}: the commit that a revision is.
std::string parse_commit(std::string_view text, const std::string& where);

/// A page of the tree API: files appended, folders left out. Error for a path that would leave the folder it is put into.
void parse_tree_page(std::string_view text, const std::string& where, std::vector<RepoEntry>& entries);

/// Error when two files have the same path, or one is where another needs a folder.
void check_tree(std::vector<RepoEntry>& entries, const std::string& where);

/// The address of the next page in a Link header; empty when there is none.
std::string next_page(std::string_view link_header);

/// huggingface_hub's trees/COMMIT.json: nothing when it is of another format.
std::optional<std::vector<RepoEntry>> parse_tree_file(std::string_view text, const std::string& where);
std::string write_tree_file(const std::vector<RepoEntry>& entries);

/// [{"id": ..}]: names found by a search.
std::vector<std::string> parse_search(std::string_view text, const std::string& where);
/// {"branches": [{"name": ..}], "tags": ..}.
std::vector<std::string> parse_refs(std::string_view text, const std::string& where);

/// What the Hub wants of a file that is to be uploaded.
struct UploadMode {
  std::string path;
  bool lfs = false;
  bool ignore = false;
  std::string remote_etag;  // of the file that is there; empty without one
};
std::vector<UploadMode> parse_upload_modes(std::string_view text, const std::string& where);

/// Where an LFS object goes. No `href`: it is there already.
struct LfsAction {
  std::string oid;
  std::string href;
  int64_t part_bytes = 0;  // 0: in one piece, to href; else to part_hrefs, with href told at the end
  std::vector<std::string> part_hrefs;
  std::string verify_href;
};
std::vector<LfsAction> parse_lfs_batch(std::string_view text, const std::string& where);

/// {"commitUrl": ..}.
std::string parse_commit_url(std::string_view text, const std::string& where);

}  // namespace crossrank
