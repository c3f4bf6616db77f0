// The arguments that verbs have in common: the model, the input, the output.
#pragma once

#include <string>

#include "cli/flags.h"
#include "crossrank/error.h"
#include "crossrank/reranker.h"
#include "data/examples.h"

namespace crossrank {

enum class Device { kCpu, kCuda };
inline constexpr Named<Device> kDeviceNames[] = {{"cpu", Device::kCpu}, {"cuda", Device::kCuda}};
constexpr std::span<const Named<Device>> option_names(Device) { return kDeviceNames; }

enum class OutputFormat { kAuto, kTable, kJsonl, kJson };
inline constexpr Named<OutputFormat> kOutputFormatNames[] = {
    {"auto", OutputFormat::kAuto}, {"table", OutputFormat::kTable}, {"jsonl", OutputFormat::kJsonl}, {"json", OutputFormat::kJson}};
constexpr std::span<const Named<OutputFormat>> option_names(OutputFormat) { return kOutputFormatNames; }

/// Which model, and on what it runs.
struct ModelArguments {
  std::string model;
  LoadOptions load_options;
  Device device = Device::kCpu;
  bool quiet = false;

  void add_to(Command command);
  /// The model, or the bundled one where none was named.
  Reranker load() const;
};

/// Which file, and how it is read.
struct InputArguments {
  InputOptions options;
  bool skip_bad_lines = false;

  /// `what` the file holds, for its help.
  void add_to(Command command, const std::string& what, ExampleKind kind);
  /// Error(kUsage) when the input would be a terminal where nobody knows that it should be typed in.
  void require_input() const;

  /// reader.next(item); a bad line is reported and passed over where the user said so.
  template <typename Reader, typename Item>
  bool next(Reader& reader, Item& item) const {
    while (true) {
      try {
        return reader.next(item);
      } catch (const Error& error) {
        if (!skip_bad_lines || error.code() != ErrorCode::kInput) throw;
        report_skipped(error);
      }
    }
  }

 private:
  static void report_skipped(const Error& error);
};

void add_output_flag(Command command, std::string& path);
void add_format_flag(Command command, OutputFormat& format);

/// auto: a table on a terminal, JSON Lines elsewhere.
OutputFormat settle_format(OutputFormat format, const std::string& output_path);

/// Texts that are read before they are scored, in bytes: a few batches, so that memory is flat and results come early, and the
/// longest-first order inside has something to sort.
size_t chunk_bytes(const PredictOptions& options);

/// One line on standard error for what a user should know though the call succeeds.
void print_notice(const std::string& message);

/// Error(kInput) that says that `name` holds nothing.
[[nodiscard]] Error nothing_in(const std::string& name);

}  // namespace crossrank
