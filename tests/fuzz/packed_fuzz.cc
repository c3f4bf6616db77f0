// Packed files: any bytes after the first ones of gzip and zstd unpack, in bounded steps, or are an Error, and an unpacked file is
// the same whatever the size of the reads.
#include <algorithm>
#include <optional>
#include <vector>

#include "crossrank/error.h"
#include "data/byte_source.h"
#include "fuzz/memory_file.h"

namespace crossrank {
namespace {

constexpr size_t kMostBytes = size_t{4} << 20;  // some bytes unpack to gigabytes; the first megabytes tell

// What the file unpacks to, its first kMostBytes at most; nothing where it is damaged.
std::optional<std::string> unpack(const std::string& path, size_t read_size) {
  try {
    const auto source = ByteSource::open(path);
    std::string all;
    std::vector<char> buffer(read_size);
    while (all.size() < kMostBytes) {
      const size_t count = source->read(buffer.data(), std::min(read_size, kMostBytes - all.size()));
      require(count <= read_size);
      if (count == 0) break;
      all.append(buffer.data(), count);
      require(source->packed_bytes_read() >= 0 && source->packed_bytes_read() <= source->packed_size());
    }
    return all;
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kIo);
    return std::nullopt;
  }
}

void check(std::string bytes) {
  const MemoryFile file(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  require(unpack(file.path(), 1 << 16) == unpack(file.path(), 257));
}

}  // namespace
}  // namespace crossrank

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossrank;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  // A header that holds, so that the packed data behind it is what is tried.
  check(std::string("\x1F\x8B\x08\0\0\0\0\0\0\x03", 10) + bytes);
  check("\x28\xB5\x2F\xFD" + bytes);
  return 0;
}
