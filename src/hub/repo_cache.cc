#include "hub/repo_cache.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/mapped_file.h"
#include "hub/repo_names.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxTreeBytes = size_t{512} << 20;
constexpr std::string_view kCacheDirTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This file is a cache directory tag created by huggingface_hub.\n"
    "# For information about cache directory tags, see:\n"
    "#\thttps://bford.info/cachedir/\n";

bool has_size(const fs::path& path, int64_t size) {
  std::error_code absent;
  const auto found = fs::file_size(path, absent);  // of what a link leads to; an error for folders
  return !absent && found == static_cast<uintmax_t>(size);
}

void make_folders(const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw error(ErrorCode::kIo, "{}: {}; HF_HOME names another folder for the cache", folder.string(), problem.message());
}

void write_with_folders(const fs::path& path, std::string_view contents) {
  make_folders(path.parent_path());
  write_file(path, contents);
}

// A name beside `path` that no other thread or process takes.
fs::path name_beside(const fs::path& path) {
  static std::atomic<int> count = 0;
  return path.parent_path() / fmt::format(".{}.{}-{}.tmp", path.filename().string(), ::getpid(), ++count);
}

}  // namespace

RepoCache::RepoCache(const fs::path& cache, const HubRepo& repo)
    : cache_(cache), folder_(cache / cache_folder_name(repo)), locks_(cache / ".locks" / cache_folder_name(repo)) {}

std::optional<std::string> RepoCache::ref(const std::string& revision) const {
  const fs::path path = folder_ / "refs" / revision;
  std::error_code absent;
  if (!fs::is_regular_file(path, absent)) return {};
  std::string commit = read_file(path, 4096);
  commit.erase(std::find_if(commit.begin(), commit.end(), [](char c) { return c == '\n' || c == '\r' || c == ' '; }), commit.end());
  return is_commit_hash(commit) ? std::optional(commit) : std::nullopt;
}

void RepoCache::write_ref(const std::string& revision, const std::string& commit) const {
  if (revision != commit && ref(revision) != commit) write_with_folders(folder_ / "refs" / revision, commit);
}

std::optional<std::vector<RepoEntry>> RepoCache::tree(const std::string& commit) const {
  const fs::path path = folder_ / "trees" / (commit + ".json");
  std::error_code absent;
  if (!fs::is_regular_file(path, absent)) return {};
  try {
    return parse_tree_file(read_file(path, kMaxTreeBytes), path.string());
  } catch (const Error&) {
    return {};  // asked for again
  }
}

void RepoCache::write_tree(const std::string& commit, const std::vector<RepoEntry>& entries) const {
  write_with_folders(folder_ / "trees" / (commit + ".json"), write_tree_file(entries));
}

bool RepoCache::has(const std::string& commit, const RepoEntry& entry) const { return has_size(snapshot(commit) / entry.path, entry.size); }

bool RepoCache::has_blob(const RepoEntry& entry) const { return has_size(blob(entry), entry.size); }

void RepoCache::prepare() const {
  make_folders(folder_ / "blobs");
  make_folders(folder_ / "snapshots");
  make_folders(locks_);
  std::error_code absent;
  if (!fs::exists(cache_ / "CACHEDIR.TAG", absent)) write_with_folders(cache_ / "CACHEDIR.TAG", kCacheDirTag);
}

void RepoCache::link(const std::string& commit, const RepoEntry& entry) const {
  const fs::path relative(entry.path);
  fs::path folder = folder_ / "snapshots";
  int depth = 0;
  fs::path target = fs::path("..") / ".." / "blobs" / entry.etag();
  for (const fs::path& part : fs::path(commit) / relative.parent_path()) {
    if (part.empty()) continue;  // what a trailing slash leaves
    folder /= part;
    make_folders(folder);
    if (fs::is_symlink(fs::symlink_status(folder))) {
      throw error(ErrorCode::kHub, "{}: a link where the snapshot has a folder; remove it and pull again", folder.string());
    }
    if (depth++ > 0) target = ".." / target;
  }
  const fs::path place = folder / relative.filename();
  const fs::path fresh = name_beside(place);
  std::error_code problem;
  fs::create_symlink(target, fresh, problem);
  if (problem) fs::copy_file(blob(entry), fresh, problem);
  if (!problem) fs::rename(fresh, place, problem);
  if (problem) {
    std::error_code ignored;
    fs::remove(fresh, ignored);
    throw error(ErrorCode::kIo, "{}: {}", place.string(), problem.message());
  }
}

}  // namespace crossrank
