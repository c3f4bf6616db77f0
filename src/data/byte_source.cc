#include "data/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace crossrank {
namespace {

constexpr size_t kPackedBytes = size_t{64} << 10;
constexpr std::string_view kGzipStart = "\x1F\x8B";
constexpr std::string_view kZstdStart = "\x28\xB5\x2F\xFD";

class FileBytes : public ByteSource {
 public:
  explicit FileBytes(const std::string& path) : name_(path == "-" ? "stdin" : path) {
    descriptor_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) throw error(ErrorCode::kIo, "{}: {}", name_, std::strerror(errno));
    struct stat status {};
    if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) size_ = status.st_size;
  }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes() override {
    if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
  }

  // Whether the file begins so. Reads no more than it takes to know, so that a line typed in is not waited for.
  bool starts_with(std::string_view bytes) {
    while (start_.size() < bytes.size() && bytes.starts_with(start_)) {
      char next = 0;
      if (read_file(&next, 1) == 0) return false;
      start_.push_back(next);
    }
    return start_.starts_with(bytes);
  }

  size_t read(char* to, size_t capacity) override {
    if (start_used_ == start_.size()) return read_file(to, capacity);
    const size_t count = start_.copy(to, capacity, start_used_);
    start_used_ += count;
    return count;
  }

  const std::string& name() const override { return name_; }
  int64_t packed_bytes_read() const override { return bytes_read_ - static_cast<int64_t>(start_.size() - start_used_); }
  int64_t packed_size() const override { return size_; }

 private:
  size_t read_file(char* to, size_t capacity) {
    while (true) {
      const ssize_t count = ::read(descriptor_, to, capacity);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw error(ErrorCode::kIo, "{}: {}", name_, std::strerror(errno));
      bytes_read_ += count;
      return static_cast<size_t>(count);
    }
  }

  std::string name_;
  int descriptor_ = -1;
  std::string start_;  // the first bytes, where starts_with() read them ahead
  size_t start_used_ = 0;
  int64_t bytes_read_ = 0, size_ = -1;
};

// What both ways of packing have in common: a file, and a buffer of its bytes, [begin_, end_).
class PackedBytes : public ByteSource {
 public:
  explicit PackedBytes(std::unique_ptr<ByteSource> file) : file_(std::move(file)) {}

  const std::string& name() const override { return file_->name(); }
  int64_t packed_bytes_read() const override { return file_->packed_bytes_read() - static_cast<int64_t>(end_ - begin_); }
  int64_t packed_size() const override { return file_->packed_size(); }

 protected:
  // True while there are packed bytes left in the buffer.
  bool fill() {
    if (begin_ < end_) return true;
    begin_ = 0;
    end_ = file_->read(buffer_.data(), buffer_.size());
    return end_ > 0;
  }
  std::string_view packed() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void use(size_t count) { begin_ += count; }

  [[nodiscard]] Error damaged(std::string_view kind, std::string_view problem) const {
    return error(ErrorCode::kIo, "{}: damaged {} data near byte {}: {}; fetch or pack it again", name(), kind, packed_bytes_read(),
                 problem);
  }
  [[nodiscard]] Error cut(std::string_view kind) const {
    return error(ErrorCode::kIo, "{}: the {} data is cut off after {} bytes; fetch or pack it again", name(), kind, packed_bytes_read());
  }

 private:
  std::unique_ptr<ByteSource> file_;
  std::array<char, kPackedBytes> buffer_{};
  size_t begin_ = 0, end_ = 0;
};

// One gzip member after another, as gunzip reads them: zeros after the last one are padding.
class GzipBytes : public PackedBytes {
 public:
  explicit GzipBytes(std::unique_ptr<ByteSource> file) : PackedBytes(std::move(file)) {
    if (::inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;
  ~GzipBytes() override { ::inflateEnd(&stream_); }

  size_t read(char* to, size_t capacity) override {
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(capacity, 1U << 30));
    const uInt wanted = stream_.avail_out;
    while (stream_.avail_out == wanted && (in_member_ || next_member())) {
      if (!fill()) throw cut("gzip");
      const size_t given = packed().size();
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed().data()));
      stream_.avail_in = static_cast<uInt>(given);
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      use(given - stream_.avail_in);
      if (status == Z_STREAM_END) {
        in_member_ = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        throw damaged("gzip", stream_.msg != nullptr ? stream_.msg : "it cannot be unpacked");
      }
    }
    return wanted - stream_.avail_out;
  }

 private:
  bool next_member() {
    while (fill() && packed().front() == '\0') use(1);
    if (!fill()) return false;
    if (packed().front() != kGzipStart.front()) throw damaged("gzip", "other bytes follow it");
    ::inflateReset(&stream_);
    in_member_ = true;
    return true;
  }

  z_stream stream_{};
  bool in_member_ = true;
};

// One zstd frame after another. The library refuses windows above 128 MiB, which bounds memory.
class ZstdBytes : public PackedBytes {
 public:
  explicit ZstdBytes(std::unique_ptr<ByteSource> file) : PackedBytes(std::move(file)), stream_(::ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ZstdBytes(const ZstdBytes&) = delete;
  ZstdBytes& operator=(const ZstdBytes&) = delete;
  ~ZstdBytes() override { ::ZSTD_freeDStream(stream_); }

  size_t read(char* to, size_t capacity) override {
    ZSTD_outBuffer out{to, capacity, 0};
    while (out.pos == 0) {
      // The library may hold unpacked bytes that did not fit before; it is asked for them before more is read.
      if (!may_hold_more_ && !fill()) {
        if (in_frame_) throw cut("zstd");
        return 0;
      }
      ZSTD_inBuffer in{packed().data(), packed().size(), 0};
      const size_t status = ::ZSTD_decompressStream(stream_, &out, &in);
      use(in.pos);
      if (::ZSTD_isError(status) != 0) throw damaged("zstd", ::ZSTD_getErrorName(status));
      in_frame_ = status != 0;
      may_hold_more_ = in_frame_ && out.pos == out.size;
    }
    return out.pos;
  }

 private:
  ZSTD_DStream* stream_;
  bool in_frame_ = false, may_hold_more_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> ByteSource::open(const std::string& path) {
  auto file = std::make_unique<FileBytes>(path);
  if (file->starts_with(kGzipStart)) return std::make_unique<GzipBytes>(std::move(file));
  if (file->starts_with(kZstdStart)) return std::make_unique<ZstdBytes>(std::move(file));
  if (path.ends_with(".gz")) throw error(ErrorCode::kIo, "{}: no gzip data, whatever its name says; fetch or pack it again", path);
  if (path.ends_with(".zst")) throw error(ErrorCode::kIo, "{}: no zstd data, whatever its name says; fetch or pack it again", path);
  return file;
}

std::string_view unpacked_name(std::string_view path) {
  for (const std::string_view ending : {".gz", ".zst"}) {
    if (path.ends_with(ending)) return path.substr(0, path.size() - ending.size());
  }
  return path;
}

}  // namespace crossrank
