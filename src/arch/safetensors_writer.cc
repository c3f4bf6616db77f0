#include "arch/safetensors_writer.h"

#include <array>
#include <bit>
#include <cstring>

#include "base/atomic_file.h"
#include "base/json.h"

namespace crossrank {

static_assert(std::endian::native == std::endian::little, "the format is little-endian, and values are written as they lie in memory");

void write_safetensors(const std::filesystem::path& file, std::span<const NamedTensor> tensors) {
  Json header = {{"__metadata__", {{"format", "pt"}}}};  // without it Transformers refuses the file
  uint64_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    const uint64_t end = offset + tensor.values.size_bytes();
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  constexpr size_t kAlignment = 8;
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');

  AtomicFile out(file);
  const uint64_t length = text.size();
  std::array<char, sizeof length> prefix;
  std::memcpy(prefix.data(), &length, sizeof length);
  out.write({prefix.data(), prefix.size()});
  out.write(text);
  for (const NamedTensor& tensor : tensors) {
    out.write({reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size_bytes()});
  }
  out.commit();
}

}  // namespace crossrank
