#include "hub/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace crossrank {
namespace {

constexpr mode_t kMode = 0664;  // others of the group who share the cache may lock too

int open_lock_file(const std::filesystem::path& path) {
  constexpr int kFlags = O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  int descriptor = ::open(path.c_str(), kFlags | O_CREAT | O_EXCL, kMode);
  if (descriptor >= 0) {
    ::fchmod(descriptor, kMode);  // past the umask; a file system that refuses keeps its own mode
    return descriptor;
  }
  if (errno == EEXIST) descriptor = ::open(path.c_str(), kFlags | O_CREAT, kMode);
  if (descriptor < 0) throw error(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
  return descriptor;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& path, const std::function<void()>& on_wait) {
  if (try_lock(path, LOCK_EX | LOCK_NB)) return;
  if (on_wait) on_wait();
  while (!try_lock(path, LOCK_EX)) {
  }
}

// False when it is held elsewhere, or when the file was removed meanwhile, so that the lock would guard no name.
bool FileLock::try_lock(const std::filesystem::path& path, int operation) {
  descriptor_ = open_lock_file(path);
  int result = 0;
  do {
    result = ::flock(descriptor_, operation);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EWOULDBLOCK) return true;  // no locks here: held() says so
  struct stat status {};
  held_ = result == 0 && ::fstat(descriptor_, &status) == 0 && status.st_nlink > 0;
  if (held_) return true;
  ::close(descriptor_);
  descriptor_ = -1;
  return false;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace crossrank
