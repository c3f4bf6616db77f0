// TensorboardWriter: an event file that TensorBoard reads, with the tags of the reference's TensorBoardCallback.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/json.h"

namespace crossrank {

/// Not for several threads. Every record is given to the system whole and at once, so that a killed run leaves a file that reads to its
/// end.
class TensorboardWriter {
 public:
  /// Makes the folder and in it a new event file. `wall_time` (seconds since 1970) stands in its name and in its first record. Error(kIo).
  TensorboardWriter(const std::filesystem::path& folder, double wall_time);
  TensorboardWriter(const TensorboardWriter&) = delete;
  TensorboardWriter& operator=(const TensorboardWriter&) = delete;
  ~TensorboardWriter();

  const std::filesystem::path& file() const { return file_; }

  void add_scalar(std::string_view tag, double value, int64_t step, double wall_time);
  /// Shown under Text, as Markdown; the tag is "TAG/text_summary".
  void add_text(std::string_view tag, std::string_view text, int64_t step, double wall_time);
  /// The numbers of a record of log_history: "eval_NAME" is eval/NAME, all others are train/NAME; its "step" says where.
  void add_record(const Json& record, double wall_time);

 private:
  void write_event(std::string_view event);

  std::filesystem::path file_;
  int descriptor_ = -1;
};

/// output_dir/runs/Nov25_10-22-46_HOST, where the reference puts them.
std::filesystem::path tensorboard_folder(const std::filesystem::path& output_dir, double wall_time);

/// Seconds since 1970.
double wall_time_now();

/// CRC-32C (Castagnoli) of the bytes.
uint32_t crc32c(std::string_view bytes);

}  // namespace crossrank
