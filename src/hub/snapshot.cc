// fetch_snapshot and list_repo_files: from a repository's name to a folder, by the cache where that is enough.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "hub/client.h"
#include "hub/download.h"
#include "hub/hub.h"
#include "hub/repo_cache.h"
#include "hub/repo_names.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

// A commit and what is in it. No listing: the cache has the snapshot and nothing says whether it is whole.
struct Contents {
  std::string commit;
  std::optional<std::vector<RepoEntry>> entries;
};

std::optional<Contents> cached_contents(const RepoCache& cache, const HubRepo& repo) {
  const auto commit = is_commit_hash(repo.revision) ? std::optional(repo.revision) : cache.ref(repo.revision);
  std::error_code absent;
  if (!commit || !fs::is_directory(cache.snapshot(*commit), absent)) return {};
  return Contents{*commit, cache.tree(*commit)};
}

bool is_whole(const RepoCache& cache, const Contents& contents, const HubFileFilter& wanted) {
  return contents.entries && std::all_of(contents.entries->begin(), contents.entries->end(),
                                         [&](const RepoEntry& entry) { return !wanted(entry.path) || cache.has(contents.commit, entry); });
}

Contents ask_contents(const HubSettings& settings, const HubRepo& repo, const RepoCache& cache, bool once) {
  HubClient client(settings, repo);
  Contents contents;
  contents.commit = is_commit_hash(repo.revision) ? repo.revision : client.commit(once);
  contents.entries = cache.tree(contents.commit);
  if (!contents.entries) {
    contents.entries = client.tree(contents.commit);
    try {
      cache.write_tree(contents.commit, *contents.entries);
    } catch (const Error&) {
      // A cache that cannot be written to may still hold what is wanted; the listing is asked for again. Downloads say what is wrong.
    }
  }
  return contents;
}

std::vector<std::string> missing_files(const RepoCache& cache, const Contents& contents, const HubFileFilter& wanted) {
  std::vector<std::string> missing;
  if (!contents.entries) return missing;
  for (const RepoEntry& entry : *contents.entries) {
    if (wanted(entry.path) && !cache.has(contents.commit, entry)) missing.push_back(entry.path);
  }
  return missing;
}

// The contents by the Hub, or by the cache where the Hub does not answer: as huggingface_hub, whatever the Hub's reason is, but for a
// revision that is gone and a proxy or certificate that is wrong.
Contents current_contents(const HubSettings& settings, const HubRepo& repo, const RepoCache& cache, const HubFileFilter& wanted) {
  const std::optional<Contents> cached = cached_contents(cache, repo);
  const bool usable = cached && missing_files(cache, *cached, wanted).empty();
  try {
    return ask_contents(settings, repo, cache, usable);
  } catch (const RevisionMissing&) {
    throw;
  } catch (const WayBlocked&) {
    throw;
  } catch (const Error& problem) {
    if (!usable || (problem.code() != ErrorCode::kHub)) throw;
    if (settings.notice) {
      settings.notice(fmt::format("{}; using the cached commit {} of {} {}", problem.what(), cached->commit.substr(0, 12), repo_title(repo),
                                  repo.revision));
    }
    return *cached;
  }
}

Contents offline_contents(const HubRepo& repo, const RepoCache& cache, const HubFileFilter& wanted) {
  const std::optional<Contents> cached = cached_contents(cache, repo);
  if (!cached) {
    throw error(ErrorCode::kHub, "{}: offline (HF_HUB_OFFLINE), and revision \"{}\" is not in the cache {}; pull it once with a network",
                repo_title(repo), repo.revision, cache.folder().string());
  }
  if (const auto missing = missing_files(cache, *cached, wanted); !missing.empty()) {
    throw error(ErrorCode::kHub,
                "{}: offline (HF_HUB_OFFLINE), and {} of its files are not in the cache {}, first {}; pull it once with a network",
                repo_title(repo), missing.size(), cache.snapshot(cached->commit).string(), missing.front());
  }
  return *cached;
}

}  // namespace

fs::path fetch_snapshot(const HubSettings& settings, const HubRepo& repo, const HubFileFilter& wanted, const HubProgress& progress) {
  check_repo(repo);
  const RepoCache cache(settings.cache, repo);
  if (is_commit_hash(repo.revision)) {  // a commit never changes: whole once, whole for good
    const auto cached = cached_contents(cache, repo);
    if (cached && is_whole(cache, *cached, wanted)) return cache.snapshot(cached->commit);
  }
  if (settings.offline) return cache.snapshot(offline_contents(repo, cache, wanted).commit);

  const Contents contents = current_contents(settings, repo, cache, wanted);
  if (!contents.entries) return cache.snapshot(contents.commit);
  std::vector<RepoEntry> needed, missing;
  for (const RepoEntry& entry : *contents.entries) {
    if (wanted(entry.path)) needed.push_back(entry);
  }
  if (needed.empty()) {
    std::vector<std::string> names;
    for (const RepoEntry& entry : *contents.entries) names.push_back(entry.path);
    if (names.size() > 8) names.resize(8);
    throw error(ErrorCode::kHub, "{} at {}: none of its {} files is what was asked for; it has {}", repo_title(repo), repo.revision,
                contents.entries->size(), names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", ")));
  }
  for (const RepoEntry& entry : needed) {
    if (!cache.has(contents.commit, entry)) missing.push_back(entry);
  }
  download_files(settings, repo, cache, contents.commit, missing, progress);
  try {
    cache.write_ref(repo.revision, contents.commit);
  } catch (const Error& problem) {
    if (settings.notice) settings.notice(fmt::format("offline, {} will not be found: {}", repo.revision, problem.what()));
  }
  return cache.snapshot(contents.commit);
}

std::vector<std::string> list_repo_files(const HubSettings& settings, const HubRepo& repo) {
  check_repo(repo);
  const RepoCache cache(settings.cache, repo);
  const HubFileFilter nothing = [](std::string_view) { return false; };
  const Contents contents = settings.offline ? offline_contents(repo, cache, nothing) : current_contents(settings, repo, cache, nothing);
  std::vector<std::string> paths;
  if (contents.entries) {
    for (const RepoEntry& entry : *contents.entries) {
      if (!settings.offline || cache.has(contents.commit, entry)) paths.push_back(entry.path);
    }
  } else {
    const fs::path folder = cache.snapshot(contents.commit);
    for (const auto& item : fs::recursive_directory_iterator(folder)) {
      if (item.is_regular_file()) paths.push_back(item.path().lexically_relative(folder).generic_string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace crossrank
