// Downloads: the blobs of a snapshot, in parts, resumed, verified.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "hub/answers.h"
#include "hub/hub.h"
#include "hub/repo_cache.h"

namespace crossrank {

/// Bytes done, of several threads, told one at a time.
class TransferProgress {
 public:
  TransferProgress(HubProgress progress, int64_t total) : progress_(std::move(progress)), total_(total) {}

  /// May be negative: what turned out damaged.
  void add(int64_t bytes);

 private:
  std::mutex mutex_;
  HubProgress progress_;
  int64_t done_ = 0, total_;
};

/// Brings the files into the cache and links them into the commit's snapshot. On an Error, what came stays for the next time, and no
/// file of the snapshot is there but whole.
void download_files(const HubSettings& settings, const HubRepo& repo, const RepoCache& cache, const std::string& commit,
                    const std::vector<RepoEntry>& files, const HubProgress& progress);

}  // namespace crossrank
