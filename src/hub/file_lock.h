// FileLock: the lock that Python's filelock takes on a file, so that crossrank and huggingface_hub wait for each other.
#pragma once

#include <filesystem>
#include <functional>

namespace crossrank {

/// Holds flock(2) on the file at `path`, which is made (mode 0664, as huggingface_hub does) and stays when the lock goes. The kernel
/// gives it back however the process ends. Locks of one process exclude each other too.
class FileLock {
 public:
  /// Waits until the lock is free; `on_wait` is called first when somebody else has it. Error(kIo) when the file cannot be opened.
  explicit FileLock(const std::filesystem::path& path, const std::function<void()>& on_wait = {});
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// False on a file system without locks, where nothing excludes anybody.
  bool held() const { return held_; }

 private:
  bool try_lock(const std::filesystem::path& path, int operation);

  int descriptor_ = -1;
  bool held_ = false;
};

}  // namespace crossrank
