#include "hub/partial_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>

#include "base/error.h"

namespace crossrank {
namespace {

Error write_error(const std::filesystem::path& path) {
  const int problem = errno;
  const bool full = problem == ENOSPC || problem == EDQUOT || problem == EFBIG;
  return error(ErrorCode::kIo, "{}: {}{}", path.string(), std::strerror(problem),
               full ? "; make room and try again, what came is kept, or set HF_HOME to a folder on a larger disk" : "");
}

int open_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (descriptor < 0) throw error(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
  return descriptor;
}

void write_at(int descriptor, const char* data, size_t size, int64_t offset, const std::filesystem::path& path) {
  while (size > 0) {
    const ssize_t count = ::pwrite(descriptor, data, size, offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw write_error(path);
    data += count;
    size -= static_cast<size_t>(count);
    offset += count;
  }
}

}  // namespace

PartialFile::PartialFile(const std::filesystem::path& path, int64_t size, int64_t part_bytes)
    : path_(path), record_path_(path.string() + ".parts"), size_(size), part_bytes_(std::max<int64_t>(1, part_bytes)) {
  done_.assign(static_cast<size_t>(std::max<int64_t>(1, (size_ + part_bytes_ - 1) / part_bytes_)), 0);
  if (parts() == 1) part_bytes_ = std::max<int64_t>(1, size_);
  open();
}

PartialFile::~PartialFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (record_ >= 0) ::close(record_);
}

void PartialFile::open() {
  std::error_code absent;
  descriptor_ = open_file(path_);
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) throw write_error(path_);
  if (std::filesystem::exists(record_path_, absent)) {
    if (parts() > 1 && read_record()) return;
    remove();  // of another size of parts, or damaged: a file with holes, of which nothing is known
    descriptor_ = open_file(path_);
    status.st_size = 0;
  }
  for (int part = 0; part < parts(); ++part) {
    done_[static_cast<size_t>(part)] = std::clamp<int64_t>(status.st_size - begin(part), 0, end(part) - begin(part));
  }
  if (parts() == 1) return;
  record_ = open_file(record_path_);
  write_at(record_, reinterpret_cast<const char*>(&part_bytes_), sizeof part_bytes_, 0, record_path_);
  for (int part = 0; part < parts(); ++part) write_record(part);
}

// The size of a part, then the bytes that each has, 64 bits each in the machine's order: no other machine reads it.
bool PartialFile::read_record() {
  record_ = open_file(record_path_);
  std::vector<int64_t> record(done_.size() + 1);
  const auto bytes = static_cast<ssize_t>(record.size() * sizeof(int64_t));
  struct stat status {};
  const bool fits = ::fstat(record_, &status) == 0 && status.st_size == bytes &&
                    ::pread(record_, record.data(), static_cast<size_t>(bytes), 0) == bytes && record.front() == part_bytes_;
  if (!fits) return false;
  std::copy(record.begin() + 1, record.end(), done_.begin());
  for (int part = 0; part < parts(); ++part) {
    if (done(part) < 0 || done(part) > end(part) - begin(part)) return false;
  }
  return true;
}

void PartialFile::write_record(int part) {
  const int64_t bytes = done(part);
  write_at(record_, reinterpret_cast<const char*>(&bytes), sizeof bytes, static_cast<int64_t>(sizeof bytes) * (part + 1), record_path_);
}

int64_t PartialFile::end(int part) const { return std::min(size_, begin(part) + part_bytes_); }

int64_t PartialFile::done() const { return std::accumulate(done_.begin(), done_.end(), int64_t{0}); }

void PartialFile::append(int part, std::string_view bytes) {
  write_at(descriptor_, bytes.data(), bytes.size(), begin(part) + done(part), path_);
  done_[static_cast<size_t>(part)] += static_cast<int64_t>(bytes.size());
  if (record_ >= 0) write_record(part);
}

void PartialFile::restart(int part) {
  done_[static_cast<size_t>(part)] = 0;
  if (record_ >= 0) {
    write_record(part);
  } else if (::ftruncate(descriptor_, 0) != 0) {
    throw write_error(path_);
  }
}

void PartialFile::restart_as_one_part() {
  remove();
  done_.assign(1, 0);
  part_bytes_ = std::max<int64_t>(1, size_);
  descriptor_ = open_file(path_);
}

void PartialFile::move_to(const std::filesystem::path& place) {
  if (::fsync(descriptor_) != 0) throw write_error(path_);
  if (::rename(path_.c_str(), place.c_str()) != 0) throw write_error(place);
  std::error_code ignored;
  std::filesystem::remove(record_path_, ignored);
}

void PartialFile::remove() {
  for (int* descriptor : {&descriptor_, &record_}) {
    if (*descriptor >= 0) ::close(*descriptor);
    *descriptor = -1;
  }
  std::error_code ignored;
  std::filesystem::remove(record_path_, ignored);
  std::filesystem::remove(path_, ignored);
}

}  // namespace crossrank
