// write_safetensors: F32 tensors as a file that Transformers reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace crossrank {

struct NamedTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::span<const float> values;  // as many as the shape says
};

/// The file appears whole or not at all. The data begins at a multiple of 8 bytes, tensors follow one another in the order given.
/// Error(kIo) where the system refuses.
void write_safetensors(const std::filesystem::path& file, std::span<const NamedTensor> tensors);

}  // namespace crossrank
