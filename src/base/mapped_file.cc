#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.h"

namespace crossrank {
namespace {

// A file descriptor that closes itself.
struct Descriptor {
  int value;
  explicit Descriptor(int fd) : value(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

size_t regular_file_size(const Descriptor& descriptor, const std::filesystem::path& path) {
  if (descriptor.value < 0) throw error(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
  struct stat status {};
  if (::fstat(descriptor.value, &status) != 0) throw error(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
  if (!S_ISREG(status.st_mode)) throw error(ErrorCode::kIo, "{}: not a regular file", path.string());
  return static_cast<size_t>(status.st_size);
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const size_t size = regular_file_size(descriptor, path);
  std::shared_ptr<MappedFile> file(new MappedFile());
  if (size == 0) return file;  // an empty mapping is an error to mmap, and an empty span to us
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.value, 0);
  if (address == MAP_FAILED) throw error(ErrorCode::kIo, "{}: cannot map {} bytes: {}", path.string(), size, std::strerror(errno));
  file->data_ = static_cast<const std::byte*>(address);
  file->size_ = size;
  return file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::string read_file(const std::filesystem::path& path, size_t max_bytes) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const size_t size = regular_file_size(descriptor, path);
  if (size > max_bytes) {
    throw error(ErrorCode::kIo, "{}: {} bytes, more than the {} that such a file may have", path.string(), size, max_bytes);
  }
  std::string text(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(descriptor.value, text.data() + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw error(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
    if (count == 0) break;  // the file shrank under us: what is there is what we parse
    done += static_cast<size_t>(count);
  }
  text.resize(done);
  return text;
}

}  // namespace crossrank
