#include "retrieval/embedding_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "retrieval/digest.h"

namespace crossrank {
namespace {

constexpr int64_t kHeaderBytes = 128;  // of both files
constexpr int64_t kSumBytes = 64 + 1;  // a digest and the end of its line

Error system_error(const std::filesystem::path& file) { return error(ErrorCode::kIo, "{}: {}", file.string(), std::strerror(errno)); }

std::string_view bytes_of(std::span<const float> values) { return {reinterpret_cast<const char*>(values.data()), values.size_bytes()}; }

// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0: magic, length of the header, a Python literal.
std::string npy_header(const EmbeddingShape& shape) {
  std::string header("\x93NUMPY\x01\x00", 8);
  const int64_t length = kHeaderBytes - 10;
  header.push_back(static_cast<char>(length & 0xFF));
  header.push_back(static_cast<char>(length >> 8));
  header += fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", shape.rows, shape.dimensions);
  header.resize(kHeaderBytes - 1, ' ');
  return header + '\n';
}

std::string sums_header(const EmbeddingShape& shape) {
  std::string header = fmt::format("crossrank embeddings, version 1: {} rows of {} dimensions; a SHA-256 for each {} rows", shape.rows,
                                   shape.dimensions, shape.chunk_rows);
  header.resize(kHeaderBytes - 1, ' ');
  return header + '\n';
}

}  // namespace

FileDescriptor::FileDescriptor(std::filesystem::path path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) throw system_error(path_);
}

FileDescriptor::~FileDescriptor() { ::close(descriptor_); }

void FileDescriptor::lock() {
  while (::flock(descriptor_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    if (errno == ENOLCK || errno == ENOTSUP) return;  // a file system without locks: the sums still tell right from wrong
    throw system_error(path_);
  }
}

int64_t FileDescriptor::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) throw system_error(path_);
  return status.st_size;
}

void FileDescriptor::resize(int64_t bytes) {
  if (::ftruncate(descriptor_, bytes) != 0) throw system_error(path_);
}

bool FileDescriptor::read_at(int64_t offset, std::span<char> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::pread(descriptor_, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(path_);
    if (count == 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += count;
  }
  return true;
}

void FileDescriptor::write_at(int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(path_);
    bytes.remove_prefix(static_cast<size_t>(count));
    offset += count;
  }
}

void FileDescriptor::sync() {
  if (::fsync(descriptor_) != 0) throw system_error(path_);
}

int64_t EmbeddingFiles::header_bytes() { return kHeaderBytes; }

EmbeddingFiles::EmbeddingFiles(const std::filesystem::path& folder, const std::string& key, const EmbeddingShape& shape)
    : shape_(shape), finished_(folder / (key + ".npy")), unfinished_(folder / (key + ".npy.part")), sums_(folder / (key + ".sums")) {
  sums_.lock();
  std::error_code problem;
  was_finished_ = std::filesystem::exists(finished_, problem);
  rows_ = std::make_unique<FileDescriptor>(was_finished_ ? finished_ : unfinished_);
  check_chunks();
  const bool all_right = std::find(right_.begin(), right_.end(), false) == right_.end();
  if (was_finished_ && (!all_right || rows_->size() != offset_of(shape_.chunks()))) {
    // What has the finished file's name must be right, so it has it no more until it is.
    std::filesystem::rename(finished_, unfinished_, problem);
    if (problem) throw error(ErrorCode::kIo, "{}: {}", finished_.string(), problem.message());
    was_finished_ = false;
  }
  if (was_finished_) return;
  rows_->resize(offset_of(shape_.chunks()));
  rows_->write_at(0, npy_header(shape_));
}

int64_t EmbeddingFiles::offset_of(int64_t chunk) const {
  return kHeaderBytes + std::min(shape_.first_row(chunk), shape_.rows) * shape_.dimensions * static_cast<int64_t>(sizeof(float));
}

// Which chunks are right. A file with another header is of another matrix (or of nothing): then none is.
void EmbeddingFiles::check_chunks() {
  right_.assign(static_cast<size_t>(shape_.chunks()), false);
  std::string header(kHeaderBytes, '\0');
  const bool sums_are_ours = sums_.read_at(0, header) && header == sums_header(shape_);
  const bool rows_are_ours = rows_->read_at(0, header) && header == npy_header(shape_);
  if (!sums_are_ours) {
    sums_.resize(0);
    sums_.write_at(0, sums_header(shape_));
  }
  if (!rows_are_ours) rows_->resize(0);
  if (!sums_are_ours || !rows_are_ours) return;
  std::string bytes, sum(kSumBytes, '\0');
  for (int64_t chunk = 0; chunk < shape_.chunks(); ++chunk) {
    bytes.resize(static_cast<size_t>(offset_of(chunk + 1) - offset_of(chunk)));
    right_[static_cast<size_t>(chunk)] =
        sums_.read_at(kHeaderBytes + chunk * kSumBytes, sum) && rows_->read_at(offset_of(chunk), bytes) && sum == digest_of(bytes) + '\n';
  }
}

void EmbeddingFiles::write(int64_t chunk, std::span<const float> values) {
  rows_->write_at(offset_of(chunk), bytes_of(values));
  sums_.write_at(kHeaderBytes + chunk * kSumBytes, digest_of(bytes_of(values)) + '\n');
  right_[static_cast<size_t>(chunk)] = true;
}

std::filesystem::path EmbeddingFiles::finish() {
  if (was_finished_) return finished_;
  sums_.sync();
  rows_->sync();
  std::error_code problem;
  std::filesystem::rename(unfinished_, finished_, problem);
  if (problem) throw error(ErrorCode::kIo, "{}: {}", finished_.string(), problem.message());
  was_finished_ = true;
  return finished_;
}

}  // namespace crossrank
