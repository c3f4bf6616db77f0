// Safetensors: named tensors in a mapped file, checked before anything is believed. Format: an 8-byte little-endian header length,
// a JSON header {"name": {"dtype", "shape", "data_offsets"}}, then the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"

namespace crossrank {

enum class DType { kF32, kBF16, kF16, kF64, kI8, kI32, kI64, kOther };
std::string_view dtype_name(DType dtype);
/// F32, BF16 or F16: what a model's weights are stored in. F64 and the integers are those of model2vec's tables.
inline bool is_floating(DType dtype) { return dtype == DType::kF32 || dtype == DType::kBF16 || dtype == DType::kF16; }

/// A tensor in a mapped file; the bytes are as long as shape and dtype say (kOther: as the header says, unread).
struct TensorView {
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;

  int64_t elements() const;
  /// Elements [first, first + out.size()) as f32, of a type that is floating, kF64 or kI8.
  void read(int64_t first, std::span<float> out) const;
  /// All elements, of a type kI8, kI32 or kI64.
  std::vector<int64_t> integers() const;
};

/// All tensors of one safetensors file, or of a sharded checkpoint. Immutable; holds its files mapped.
class Safetensors {
 public:
  /// Error(kModel) names the file and the tensor: header out of bounds, overlapping or wrong offsets, duplicate names, ...
  static Safetensors open(const std::filesystem::path& file);
  /// From "model.safetensors.index.json": every shard that it names, and every tensor in the shard that it names.
  static Safetensors open_sharded(const std::filesystem::path& index);
  /// Parses bytes that the caller keeps alive; `where` names them.
  static Safetensors parse(std::span<const std::byte> bytes, const std::string& where);

  const std::map<std::string, TensorView, std::less<>>& tensors() const { return tensors_; }

 private:
  std::map<std::string, TensorView, std::less<>> tensors_;
  std::vector<std::shared_ptr<const MappedFile>> files_;
};

}  // namespace crossrank
