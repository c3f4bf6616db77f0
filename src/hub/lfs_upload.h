// Large files on their way to the Hub's storage, by the batch API of Git LFS.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "hub/hub.h"
#include "hub/transfer_progress.h"

namespace crossrank {

struct LfsObject {
  std::filesystem::path disk;
  std::string sha256;
  int64_t size = 0;
};

/// Sends what the Hub does not have yet: in one piece or in parts, as it wants, several side by side, and lets it verify each. Tells
/// the progress of all, also of what was there already. Error(kHub) with the first refusal.
void upload_lfs_objects(const HubSettings& settings, const HubRepo& repo, std::vector<LfsObject> objects, TransferProgress& progress);

}  // namespace crossrank
