#include "hub/push_files.h"

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "hub/repo_names.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

bool is_left_out(const fs::path& name) { return name == ".git" || name == ".cache"; }

bool is_inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

PushFile push_file(const fs::path& disk, const fs::path& root) {
  PushFile file;
  file.path = disk.lexically_relative(root).generic_string();
  if (!is_safe_repo_path(file.path)) {
    throw error(ErrorCode::kInput, "{}: a repository cannot hold a file of this name; rename it", disk.string());
  }
  std::error_code problem;
  file.disk = fs::canonical(disk, problem);
  if (problem) throw error(ErrorCode::kInput, "{}: {}; remove the link, or put the file in its place", disk.string(), problem.message());
  if (!is_inside(file.disk, root)) {
    throw error(ErrorCode::kInput, "{}: a link out of the folder, to {}; `cp -rL` makes a folder with the files themselves", disk.string(),
                file.disk.string());
  }
  if (!fs::is_regular_file(file.disk)) {
    throw error(ErrorCode::kInput, "{}: {}; a repository holds files", disk.string(),
                fs::is_directory(file.disk) ? "a link to a folder" : "no regular file");
  }
  file.size = static_cast<int64_t>(fs::file_size(file.disk));
  return file;
}

}  // namespace

std::vector<PushFile> files_to_push(const fs::path& folder) {
  std::error_code problem;
  const fs::path root = fs::canonical(folder, problem);
  if (problem) throw error(ErrorCode::kInput, "{}: {}; name the folder to push", folder.string(), problem.message());
  if (!fs::is_directory(root))
    throw error(ErrorCode::kInput, "{}: no folder; push takes a folder, with all that is in it", folder.string());

  std::vector<PushFile> files;
  try {
    for (auto item = fs::recursive_directory_iterator(root); item != fs::recursive_directory_iterator(); ++item) {
      const bool folder_here = fs::is_directory(item->symlink_status());
      if (is_left_out(item->path().filename())) {
        if (folder_here) item.disable_recursion_pending();
      } else if (!folder_here) {
        files.push_back(push_file(item->path(), root));
      }
    }
  } catch (const fs::filesystem_error& unreadable) {
    throw error(ErrorCode::kIo, "{}: {}", unreadable.path1().string(), unreadable.code().message());
  }
  if (files.empty()) throw error(ErrorCode::kInput, "{}: no file to push", folder.string());
  std::sort(files.begin(), files.end(), [](const PushFile& a, const PushFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace crossrank
