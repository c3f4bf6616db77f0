#include "run/tensorboard_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>

#include "base/atomic_file.h"
#include "base/error.h"

namespace crossrank {
namespace {

constexpr std::array<uint32_t, 256> kCrcTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78u : 0);
    table[byte] = value;
  }
  return table;
}();

// As in TFRecord files: a checksum of data that holds checksums must not be one of them.
uint32_t masked(uint32_t crc) { return std::rotr(crc, 15) + 0xA282EAD8u; }

template <typename Number>
std::string little_endian(Number value) {
  const auto bits = std::bit_cast<std::array<char, sizeof(Number)>>(value);
  std::string bytes(bits.begin(), bits.end());
  if constexpr (std::endian::native == std::endian::big) bytes.assign(bits.rbegin(), bits.rend());
  return bytes;
}

// Protocol buffers: a field is its number and kind, then the value.
enum Kind : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
  return bytes + static_cast<char>(value);
}

std::string key(int field, Kind kind) { return varint(static_cast<uint64_t>(field) << 3 | kind); }
std::string varint_field(int field, uint64_t value) { return key(field, kVarint) + varint(value); }
std::string double_field(int field, double value) { return key(field, kFixed64) + little_endian(value); }
std::string float_field(int field, float value) { return key(field, kFixed32) + little_endian(value); }
std::string bytes_field(int field, std::string_view value) { return key(field, kBytes) + varint(value.size()) + std::string(value); }

// tensorflow.Event: wall_time = 1, step = 2 (0 is left out), file_version = 3, summary = 5.
std::string event(double wall_time, int64_t step, const std::string& content) {
  return double_field(1, wall_time) + (step == 0 ? "" : varint_field(2, static_cast<uint64_t>(step))) + content;
}

// Summary.value = 1, of Value: tag = 1, simple_value = 2, tensor = 8, metadata = 9.
std::string summary(std::string_view tag, const std::string& content) {
  return bytes_field(5, bytes_field(1, bytes_field(1, tag) + content));
}

// TensorProto: dtype = 1 (7 is DT_STRING), tensor_shape = 2 with dim = 2 of size = 1, string_val = 8.
std::string text_tensor(std::string_view text) {
  const std::string shape = bytes_field(2, varint_field(1, 1));
  return bytes_field(8, varint_field(1, 7) + bytes_field(2, shape) + bytes_field(8, text));
}

// SummaryMetadata: plugin_data = 1 with plugin_name = 1.
std::string text_plugin() { return bytes_field(9, bytes_field(1, bytes_field(1, "text"))); }

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t crc = ~0u;
  for (const char byte : bytes) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<uint8_t>(byte)) & 0xFF];
  return ~crc;
}

TensorboardWriter::TensorboardWriter(const std::filesystem::path& folder, double wall_time) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw error(ErrorCode::kIo, "{}: {}", folder.string(), problem.message());
  file_ = folder / fmt::format("events.out.tfevents.{}.{}.{}.0", static_cast<int64_t>(wall_time), host_name(), ::getpid());
  descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw error(ErrorCode::kIo, "{}: {}", file_.string(), std::strerror(errno));
  write_event(event(wall_time, 0, bytes_field(3, "brain.Event:2")));
}

TensorboardWriter::~TensorboardWriter() { ::close(descriptor_); }

void TensorboardWriter::add_scalar(std::string_view tag, double value, int64_t step, double wall_time) {
  write_event(event(wall_time, step, summary(tag, float_field(2, static_cast<float>(value)))));
}

void TensorboardWriter::add_text(std::string_view tag, std::string_view text, int64_t step, double wall_time) {
  write_event(event(wall_time, step, summary(std::string(tag) + "/text_summary", text_tensor(text) + text_plugin())));
}

void TensorboardWriter::add_record(const Json& record, double wall_time) {
  constexpr std::string_view kEval = "eval_";
  const int64_t step = record.at("step").get<int64_t>();
  for (const auto& [name, value] : record.items()) {
    if (name == "step" || !value.is_number()) continue;
    add_scalar(name.starts_with(kEval) ? "eval/" + name.substr(kEval.size()) : "train/" + name, value.get<double>(), step, wall_time);
  }
}

void TensorboardWriter::write_event(std::string_view event) {
  const std::string length = little_endian(static_cast<uint64_t>(event.size()));
  std::string record = length + little_endian(masked(crc32c(length)));
  record += event;
  record += little_endian(masked(crc32c(event)));
  write_all(descriptor_, record, file_.string());
}

std::filesystem::path tensorboard_folder(const std::filesystem::path& output_dir, double wall_time) {
  const auto seconds = static_cast<std::time_t>(wall_time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%b%d_%H-%M-%S", &local);
  return output_dir / "runs" / fmt::format("{}_{}", text.data(), host_name());
}

double wall_time_now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace crossrank
