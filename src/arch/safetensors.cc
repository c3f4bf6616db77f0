#include "arch/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/json.h"

namespace crossrank {
namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

struct ElementType {
  DType dtype;
  uint64_t size;
};

// Sizes of every element type of the format; those that no weight of ours can have are kOther: known, measured, unread.
ElementType element_type(std::string_view name, const std::string& where) {
  if (name == "F32") return {DType::kF32, 4};
  if (name == "BF16") return {DType::kBF16, 2};
  if (name == "F16") return {DType::kF16, 2};
  if (name == "I8") return {DType::kI8, 1};
  if (name == "I32") return {DType::kI32, 4};
  if (name == "I64") return {DType::kI64, 8};
  if (name == "F64") return {DType::kF64, 8};
  if (name == "U64") return {DType::kOther, 8};
  if (name == "U32") return {DType::kOther, 4};
  if (name == "I16" || name == "U16") return {DType::kOther, 2};
  if (name == "U8" || name == "BOOL" || name == "F8_E4M3" || name == "F8_E5M2") return {DType::kOther, 1};
  throw error(ErrorCode::kModel, "{}: unknown dtype \"{}\"", where, name.substr(0, 40));
}

uint64_t little_endian_u64(std::span<const std::byte> bytes) {
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<uint64_t>(bytes[static_cast<size_t>(i)]);
  return value;
}

// The tensor that a header entry describes, its bytes checked against `data`.
TensorView read_entry(const JsonObject& entry, std::span<const std::byte> data) {
  TensorView view;
  const ElementType type = element_type(entry.string("dtype"), entry.where());
  view.dtype = type.dtype;
  uint64_t size = type.size;
  for (const Json& extent : entry.array("shape")) {
    if (!extent.is_number_unsigned()) throw entry.bad_field("shape", "expected whole numbers from 0");
    const auto value = extent.get<uint64_t>();
    if (value > static_cast<uint64_t>(INT64_MAX) || __builtin_mul_overflow(size, value, &size)) {
      throw entry.bad_field("shape", "more elements than can be addressed");
    }
    view.shape.push_back(static_cast<int64_t>(value));
  }
  const Json& offsets = entry.array("data_offsets");
  if (offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) {
    throw entry.bad_field("data_offsets", "expected two whole numbers from 0");
  }
  const auto begin = offsets[0].get<uint64_t>(), end = offsets[1].get<uint64_t>();
  if (begin > end || end > data.size()) {
    throw entry.bad_field("data_offsets",
                          fmt::format("{} to {} is outside the {} bytes of data: is the file cut off?", begin, end, data.size()));
  }
  if (end - begin != size) {
    throw entry.bad_field("data_offsets", fmt::format("{} bytes, but shape and dtype need {}", end - begin, size));
  }
  view.bytes = data.subspan(begin, end - begin);
  return view;
}

// The format allows neither holes nor overlaps: sorted by offset, the tensors tile the data.
void check_tiling(const std::map<std::string, TensorView, std::less<>>& tensors, std::span<const std::byte> data,
                  const std::string& where) {
  std::vector<std::pair<size_t, std::pair<size_t, const std::string*>>> extents;
  for (const auto& entry : tensors) {
    const size_t begin = static_cast<size_t>(entry.second.bytes.data() - data.data());
    extents.push_back({begin, {begin + entry.second.bytes.size(), &entry.first}});
  }
  std::sort(extents.begin(), extents.end(),
            [](const auto& a, const auto& b) { return std::pair(a.first, a.second.first) < std::pair(b.first, b.second.first); });
  size_t end = 0;
  for (const auto& extent : extents) {
    if (extent.first != end) {
      throw error(ErrorCode::kModel, "{}: tensor {}: data begins at byte {}, expected {}: tensors overlap or leave a hole", where,
                  *extent.second.second, extent.first, end);
    }
    end = extent.second.first;
  }
  if (end != data.size()) throw error(ErrorCode::kModel, "{}: {} bytes of data belong to no tensor", where, data.size() - end);
}

float f16_to_f32(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = half >> 10 & 0x1F, mantissa = half & 0x3FF;
  if (exponent == 0) {  // zero and subnormals: mantissa * 2^-24
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 0xFF : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

}  // namespace

std::string_view dtype_name(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "F32";
    case DType::kBF16:
      return "BF16";
    case DType::kF16:
      return "F16";
    case DType::kF64:
      return "F64";
    case DType::kI8:
      return "I8";
    case DType::kI32:
      return "I32";
    case DType::kI64:
      return "I64";
    case DType::kOther:
      break;
  }
  return "other";
}

int64_t TensorView::elements() const {
  int64_t count = 1;
  for (const int64_t extent : shape) count *= extent;
  return count;
}

void TensorView::read(int64_t first, std::span<float> out) const {
  if (dtype == DType::kF32) {
    if (!out.empty()) std::memcpy(out.data(), bytes.data() + first * 4, out.size() * 4);
    return;
  }
  if (dtype == DType::kF64) {
    for (size_t i = 0; i < out.size(); ++i) {
      double value;
      std::memcpy(&value, bytes.data() + (static_cast<size_t>(first) + i) * 8, 8);
      out[i] = static_cast<float>(value);
    }
    return;
  }
  if (dtype == DType::kI8) {
    for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<int8_t>(bytes[static_cast<size_t>(first) + i]);
    return;
  }
  for (size_t i = 0; i < out.size(); ++i) {
    uint16_t bits;
    std::memcpy(&bits, bytes.data() + (static_cast<size_t>(first) + i) * 2, 2);
    out[i] = dtype == DType::kBF16 ? std::bit_cast<float>(static_cast<uint32_t>(bits) << 16) : f16_to_f32(bits);
  }
}

std::vector<int64_t> TensorView::integers() const {
  std::vector<int64_t> values(static_cast<size_t>(elements()));
  for (size_t i = 0; i < values.size(); ++i) {
    if (dtype == DType::kI8) {
      values[i] = static_cast<int8_t>(bytes[i]);
    } else if (dtype == DType::kI32) {
      int32_t value;
      std::memcpy(&value, bytes.data() + i * 4, 4);
      values[i] = value;
    } else {
      std::memcpy(&values[i], bytes.data() + i * 8, 8);
    }
  }
  return values;
}

Safetensors Safetensors::parse(std::span<const std::byte> bytes, const std::string& where) {
  if (bytes.size() < 8) throw error(ErrorCode::kModel, "{}: {} bytes, too short for a safetensors file", where, bytes.size());
  const uint64_t header_bytes = little_endian_u64(bytes.first(8));
  if (header_bytes > kMaxHeaderBytes || header_bytes > bytes.size() - 8) {
    throw error(ErrorCode::kModel, "{}: a header of {} bytes in a file of {}: cut off, or not a safetensors file", where, header_bytes,
                bytes.size());
  }
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + 8, header_bytes);
  const Json json = parse_json(header, where + ": header", ErrorCode::kModel);
  if (!json.is_object()) throw error(ErrorCode::kModel, "{}: the header is not a JSON object", where);

  const std::span<const std::byte> data = bytes.subspan(8 + header_bytes);
  Safetensors file;
  for (const auto& entry : json.items()) {
    if (entry.key() == "__metadata__") continue;
    const JsonObject object(entry.value(), where + ": tensor " + entry.key(), ErrorCode::kModel);
    file.tensors_.emplace(entry.key(), read_entry(object, data));
  }
  check_tiling(file.tensors_, data, where);
  return file;
}

Safetensors Safetensors::open(const std::filesystem::path& path) {
  std::shared_ptr<const MappedFile> mapped = MappedFile::open(path);
  Safetensors file = parse(mapped->bytes(), path.string());
  file.files_.push_back(std::move(mapped));
  return file;
}

Safetensors Safetensors::open_sharded(const std::filesystem::path& index) {
  const Json json = parse_json(read_file(index, kMaxHeaderBytes), index.string(), ErrorCode::kModel);
  const JsonObject root(json, index.string(), ErrorCode::kModel);
  const JsonObject weight_map = root.object("weight_map");

  std::map<std::string, Safetensors> shards;
  Safetensors all;
  for (const auto& entry : weight_map.json().items()) {
    const std::string shard = weight_map.string(entry.key());
    if (shard.empty() || shard.front() == '.' || shard.find('/') != std::string::npos) {
      throw weight_map.bad_field(entry.key(), fmt::format("shard \"{}\" is not a file name in this folder", shard));
    }
    auto it = shards.find(shard);
    if (it == shards.end()) it = shards.emplace(shard, open(index.parent_path() / shard)).first;
    const auto tensor = it->second.tensors_.find(entry.key());
    if (tensor == it->second.tensors_.end()) {
      throw weight_map.bad_field(entry.key(), fmt::format("shard {} has no such tensor", shard));
    }
    all.tensors_.emplace(entry.key(), tensor->second);
  }
  for (auto& shard : shards) {
    for (const auto& tensor : shard.second.tensors_) {
      if (all.tensors_.count(tensor.first) == 0) {
        throw error(ErrorCode::kModel, "{}: shard {} holds tensor {}, which the index does not name", index.string(), shard.first,
                    tensor.first);
      }
    }
    for (auto& file : shard.second.files_) all.files_.push_back(std::move(file));
  }
  return all;
}

}  // namespace crossrank
