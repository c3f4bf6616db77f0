// MappedFile: a whole file as read-only bytes, mapped and not copied.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

namespace crossrank {

/// Immutable after construction; may be shared between threads. The bytes live as long as the object.
class MappedFile {
 public:
  /// Throws Error(kIo) that names the path when it is absent, unreadable or not a regular file.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  MappedFile() = default;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// A small file (configuration, tokenizer) as a string; Error(kIo) when it is larger than `max_bytes`.
std::string read_file(const std::filesystem::path& path, size_t max_bytes);

}  // namespace crossrank
