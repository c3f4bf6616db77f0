#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace crossrank {
namespace {

Error system_error(const std::string& name) { return error(ErrorCode::kIo, "{}: {}", name, std::strerror(errno)); }

// The permissions that the finished file gets: those of the file it replaces, else what open() would give.
mode_t permissions(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return status.st_mode & 07777;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

std::filesystem::path folder_of(const std::filesystem::path& path) { return path.has_parent_path() ? path.parent_path() : "."; }

}  // namespace

void write_all(int descriptor, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(name);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

AtomicFile::AtomicFile(const std::filesystem::path& path) : path_(path) {
  std::error_code ignored;
  if (std::filesystem::is_symlink(path, ignored)) path_ = std::filesystem::weakly_canonical(path, ignored);
  const auto type = std::filesystem::status(path_, ignored).type();
  direct_ = type != std::filesystem::file_type::not_found && type != std::filesystem::file_type::regular;
  if (direct_) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) throw system_error(path_.string());
    return;
  }
  if (type == std::filesystem::file_type::regular && ::access(path_.c_str(), W_OK) != 0) throw system_error(path_.string());
  open_beside();
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::open_beside() {
  descriptor_ = ::open(folder_of(path_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor_ >= 0) return;
  // EISDIR is what a kernel or file system without O_TMPFILE says.
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) throw system_error(path_.string());
  std::string name = path_.string() + ".XXXXXX.tmp";
  descriptor_ = ::mkostemps(name.data(), 4, O_CLOEXEC);
  if (descriptor_ < 0) throw system_error(path_.string());
  temporary_ = name;
}

void AtomicFile::give_name() {
  const std::string self = fmt::format("/proc/self/fd/{}", descriptor_);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const std::string name = fmt::format("{}.{}-{}.tmp", path_.string(), ::getpid(), attempt);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = name;
      return;
    }
    if (errno != EEXIST) break;
  }
  throw system_error(path_.string());
}

void AtomicFile::write(std::string_view bytes) { write_all(descriptor_, bytes, path_.string()); }

void AtomicFile::commit() {
  if (!direct_) {
    if (::fchmod(descriptor_, permissions(path_)) != 0 || ::fsync(descriptor_) != 0) throw system_error(path_.string());
    if (temporary_.empty()) give_name();
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw system_error(path_.string());
    temporary_.clear();
  }
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) throw system_error(path_.string());
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace crossrank
