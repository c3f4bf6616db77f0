#include "hub/download.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <filesystem>
#include <functional>
#include <map>
#include <thread>
#include <utility>

#include "base/error.h"
#include "hub/client.h"
#include "hub/content_hash.h"
#include "hub/file_lock.h"
#include "hub/jobs.h"
#include "hub/partial_file.h"
#include "hub/repo_names.h"
#include "hub/retry.h"
#include "hub/transfer_progress.h"
#include "hub/url.h"

namespace crossrank {
namespace {

constexpr int64_t kWorthwhileBytes = 1 << 20;  // progress that makes an interrupted attempt a new start

/// The server sends whole files only.
struct RangesIgnored {};

// "bytes 100-199/300": where the answer begins and how long the whole is.
struct ContentRange {
  int64_t first = -1, total = -1;
};

ContentRange parse_content_range(std::string_view header) {
  ContentRange range;
  const size_t dash = header.find('-'), slash = header.find('/');
  if (!header.starts_with("bytes ") || dash == std::string_view::npos || slash == std::string_view::npos) return range;
  const auto number = [](std::string_view text, int64_t& value) { std::from_chars(text.data(), text.data() + text.size(), value); };
  number(header.substr(6, dash - 6), range.first);
  number(header.substr(slash + 1), range.total);
  return range;
}

// One file on its way into the cache.
class BlobDownload {
 public:
  BlobDownload(const HubSettings& settings, const HubRepo& repo, const RepoCache& cache, const RepoEntry& entry, const std::string& commit,
               TransferProgress& progress, std::atomic<bool>& stop)
      : settings_(settings), repo_(repo), cache_(cache), entry_(entry), commit_(commit), progress_(progress), stop_(stop) {}

  void run() {
    const FileLock lock(cache_.lock_file(entry_), [this] {
      if (settings_.notice)
        settings_.notice(fmt::format("{}: waiting for another program that downloads {}", repo_title(repo_), entry_.path));
    });
    if (cache_.has_blob(entry_)) return progress_.add(entry_.size);
    const std::string unique = lock.held() ? "" : fmt::format(".{}", std::hash<std::thread::id>()(std::this_thread::get_id()));
    const std::filesystem::path blob = cache_.blob(entry_);
    for (int attempt = 0; attempt < 2; ++attempt) {
      PartialFile file(blob.string() + unique + ".incomplete", entry_.size, settings_.part_bytes);
      progress_.add(file.done());
      fetch(file);
      const std::string damage = damage_of(blob.string() + unique + ".incomplete");
      if (damage.empty()) return file.move_to(blob);
      progress_.add(-file.done());
      file.remove();
      if (attempt == 1) {
        throw error(ErrorCode::kHub, "{}: {}: {}, twice: damaged on the way or at {}; try again later", repo_title(repo_), entry_.path,
                    damage, settings_.endpoint);
      }
    }
  }

 private:
  void fetch(PartialFile& file) {
    try {
      run_jobs(static_cast<size_t>(file.parts()), settings_.connections, stop_, [&](size_t part) {
        HubClient client(settings_, repo_);
        fetch_part(client, file, static_cast<int>(part));
      });
    } catch (const RangesIgnored&) {
      stop_ = false;
      progress_.add(-file.done());
      file.restart_as_one_part();
      HubClient client(settings_, repo_);
      fetch_part(client, file, 0);
    }
    if (stop_) throw Stopped();
  }

  void fetch_part(HubClient& client, PartialFile& file, int part) {
    Backoff backoff(settings_.retries);
    const int64_t size = file.end(part) - file.begin(part);
    while (file.done(part) < size) {
      const int64_t before = file.done(part);
      try {
        request_part(client, file, part);
        if (file.done(part) < size) {
          throw Transient(
              fmt::format("{}: {}: {} bytes are missing at the end; try again", repo_title(repo_), entry_.path, size - file.done(part)));
        }
      } catch (const Transient& problem) {
        if (file.done(part) - before >= kWorthwhileBytes) backoff.reset();
        if (!backoff.wait(problem.retry_after_s(), problem.unreachable() ? kUnreachableAttempts : settings_.retries.attempts)) throw;
      }
    }
  }

  void request_part(HubClient& client, PartialFile& file, int part) {
    const int64_t from = file.begin(part) + file.done(part);
    HttpRequest request;
    request.url = file_url(settings_, repo_, commit_, entry_.path);
    if (from > 0 || file.parts() > 1) request.headers = {fmt::format("Range: bytes={}-{}", from, file.end(part) - 1)};
    bool first_bytes = true;
    request.sink = [&](const HttpResponse& head, std::string_view bytes) {
      if (stop_) throw Stopped();
      if (std::exchange(first_bytes, false)) check_head(head, file, part, from);
      if (static_cast<int64_t>(bytes.size()) > file.end(part) - file.begin(part) - file.done(part)) {
        progress_.add(-file.done(part));
        file.restart(part);
        throw Transient(fmt::format("{}: {}: more came than the {} bytes of the listing", repo_title(repo_), entry_.path, entry_.size));
      }
      file.append(part, bytes);
      progress_.add(static_cast<int64_t>(bytes.size()));
    };
    client.ask_once(request);
  }

  // What the answer says that it sends, against what was asked.
  void check_head(const HttpResponse& head, PartialFile& file, int part, int64_t from) {
    if (head.status == 206) {
      const ContentRange range = parse_content_range(head.header("content-range"));
      if (range.first == from && (range.total < 0 || range.total == entry_.size)) return;
      throw Transient(fmt::format("{}: {}: bytes from {} were asked for and \"{}\" came", repo_title(repo_), entry_.path, from,
                                  head.header("content-range")));
    }
    if (file.parts() > 1) throw RangesIgnored();
    progress_.add(-file.done(part));
    if (from > 0) file.restart(part);
  }

  // What is wrong with the finished file; empty when nothing is.
  std::string damage_of(const std::filesystem::path& path) const {
    const std::string& etag = entry_.etag();
    const std::string found = is_sha256(etag) ? sha256_of_file(path) : git_blob_hash_of_file(path);
    return found == etag ? "" : fmt::format("its {} is {} and should be {}", is_sha256(etag) ? "SHA-256" : "git hash", found, etag);
  }

  const HubSettings& settings_;
  const HubRepo& repo_;
  const RepoCache& cache_;
  const RepoEntry& entry_;
  const std::string& commit_;
  TransferProgress& progress_;
  std::atomic<bool>& stop_;
};

// A content, and the files that have it.
using BlobFiles = std::vector<const RepoEntry*>;

std::vector<BlobFiles> by_blob(const std::vector<RepoEntry>& files) {
  std::map<std::string_view, BlobFiles> blobs;
  for (const RepoEntry& file : files) blobs[file.etag()].push_back(&file);
  std::vector<BlobFiles> list;
  for (auto& blob : blobs) list.push_back(std::move(blob.second));
  return list;
}

void check_room(const RepoCache& cache, const std::vector<BlobFiles>& blobs) {
  int64_t needed = 0;
  for (const BlobFiles& files : blobs) needed += cache.has_blob(*files.front()) ? 0 : files.front()->size;
  if (needed == 0) return;
  const std::filesystem::path folder = cache.blob(*blobs.front().front()).parent_path();
  std::error_code unknown;
  const auto space = std::filesystem::space(folder, unknown);
  if (!unknown && space.available < static_cast<uintmax_t>(needed)) {
    throw error(ErrorCode::kIo, "{}: {} MiB are needed and {} MiB are free; make room, or set HF_HOME to a folder on a larger disk",
                folder.string(), (needed >> 20) + 1, space.available >> 20);
  }
}

}  // namespace

void download_files(const HubSettings& settings, const HubRepo& repo, const RepoCache& cache, const std::string& commit,
                    const std::vector<RepoEntry>& files, const HubProgress& progress) {
  if (files.empty()) return;
  cache.prepare();
  const std::vector<BlobFiles> blobs = by_blob(files);
  check_room(cache, blobs);
  int64_t total = 0;
  std::vector<const BlobFiles*> small, large;
  for (const BlobFiles& blob : blobs) {
    (blob.front()->size > settings.part_bytes ? large : small).push_back(&blob);
    total += blob.front()->size;
  }
  TransferProgress transfer(progress, total);
  std::atomic<bool> stop = false;
  const auto bring = [&](const BlobFiles& blob) {
    BlobDownload(settings, repo, cache, *blob.front(), commit, transfer, stop).run();
    for (const RepoEntry* file : blob) cache.link(commit, *file);
  };
  // Small files side by side, then large ones one by one, each in parts side by side.
  run_jobs(small.size(), settings.connections, stop, [&](size_t job) { bring(*small[job]); });
  for (const BlobFiles* blob : large) bring(*blob);
}

}  // namespace crossrank
