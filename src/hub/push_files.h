// The files of a folder that is to be uploaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace crossrank {

/// A file and its place in the repository.
struct PushFile {
  std::string path;            // "folder/file"
  std::filesystem::path disk;  // links resolved
  int64_t size = 0;
};

/// Every file below `folder`, sorted by path; ".git" and ".cache" are left out at any depth, as by huggingface_hub. Error(kInput) for
/// what a repository cannot hold, a link that leads out of the folder among it: nobody publishes a file by a link unawares.
std::vector<PushFile> files_to_push(const std::filesystem::path& folder);

}  // namespace crossrank
