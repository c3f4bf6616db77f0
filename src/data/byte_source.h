// ByteSource: the bytes of a file or of standard input, unpacked where they are gzip or zstd.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace crossrank {

/// Memory does not grow with the file, whatever it unpacks to. Not for several threads.
class ByteSource {
 public:
  /// "-" is standard input, "stdin" in messages. How it is packed goes by its first bytes. Error(kIo) names what cannot be opened,
  /// and a file whose name ends in .gz or .zst and which is neither.
  static std::unique_ptr<ByteSource> open(const std::string& path);
  virtual ~ByteSource() = default;

  /// Up to `capacity` bytes, at least one; 0 at the end. Error(kIo) when reading fails, and for packed data that is cut or
  /// damaged: what follows is lost, so nobody should go on as after a bad line.
  virtual size_t read(char* to, size_t capacity) = 0;

  virtual const std::string& name() const = 0;
  /// Bytes of the file so far, as it lies on the disk, of how many; the size is negative where it is not known (a pipe).
  virtual int64_t packed_bytes_read() const = 0;
  virtual int64_t packed_size() const = 0;
};

/// The name without a last ".gz" or ".zst".
std::string_view unpacked_name(std::string_view path);

}  // namespace crossrank
