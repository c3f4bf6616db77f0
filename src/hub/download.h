// Downloads: the blobs of a snapshot, in parts, resumed, verified.
#pragma once

#include <string>
#include <vector>

#include "hub/answers.h"
#include "hub/hub.h"
#include "hub/repo_cache.h"

namespace crossrank {

/// Brings the files into the cache and links them into the commit's snapshot. On an Error, what came stays for the next time, and no
/// file of the snapshot is there but whole.
void download_files(const HubSettings& settings, const HubRepo& repo, const RepoCache& cache, const std::string& commit,
                    const std::vector<RepoEntry>& files, const HubProgress& progress);

}  // namespace crossrank
