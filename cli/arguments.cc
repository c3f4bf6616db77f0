#include "cli/arguments.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "cli/bundled_model.h"
#include "cli/progress_bar.h"

namespace crossrank {

void ModelArguments::add_to(Command command) {
  command.add_text("-m,--model", model, "model folder, or Hub id org/name (default: the bundled " + std::string(kBundledModel) + ")")
      .value_name("MODEL");
  add_flags(command, load_options);
  add_flag(command, "--device", device, "cpu, cuda");
  command.add_switch("--quiet", quiet, "no progress bar");
}

Reranker ModelArguments::load() const {
  if (device == Device::kCuda) {
    throw error(ErrorCode::kUnsupported, "--device cuda: this build scores on CPUs only; leave the option away");
  }
  ProgressBar bar(quiet, "B");
  LoadOptions options = load_options;
  options.download_progress = bar.part(0, 1);
  options.notice = print_notice;
  return Reranker::load(model.empty() ? bundled_model_folder() : model, options);
}

void InputArguments::add_to(Command command, const std::string& what, ExampleKind kind) {
  command.add_text("FILE", options.file, what + "; - is standard input").value_name("");
  add_flags(command, options);
  if (kind != ExampleKind::kDocument) {
    add_flag(command, "--query-field", options.query_field, "field or column with the query of a pair (default: query)");
  }
  command.add_switch("--skip-bad-lines", skip_bad_lines, "report bad lines and go on, instead of ending at the first");
}

void InputArguments::require_input() const {
  if (options.file == "-" && ::isatty(STDIN_FILENO) != 0) {
    throw Error(ErrorCode::kUsage, "no input: name a FILE, or pipe one in; --help shows examples");
  }
}

void InputArguments::report_skipped(const Error& error) { fmt::print(stderr, "crossrank: skipped {}\n", error.what()); }

void add_output_flag(Command command, std::string& path) {
  command.add_text("--output", path, "file for the results, which appears whole (default: standard output)").value_name("FILE");
}

void add_format_flag(Command command, OutputFormat& format) {
  add_flag(command, "--format", format, "table, jsonl, json; auto is a table on a terminal and JSON Lines elsewhere");
}

OutputFormat settle_format(OutputFormat format, const std::string& output_path) {
  if (format != OutputFormat::kAuto) return format;
  return output_path.empty() && ::isatty(STDOUT_FILENO) != 0 ? OutputFormat::kTable : OutputFormat::kJsonl;
}

size_t chunk_bytes(const PredictOptions& options) {
  constexpr size_t kBytesOfAToken = 4;
  constexpr size_t kBatches = 2;
  return std::clamp(static_cast<size_t>(options.batch_tokens) * kBytesOfAToken * kBatches, size_t{64} << 10, size_t{64} << 20);
}

void print_notice(const std::string& message) {
  fmt::print(stderr, "{}crossrank: {}\n", ::isatty(STDERR_FILENO) != 0 ? "\r\033[K" : "", message);
}

Error nothing_in(const std::string& name) { return error(ErrorCode::kInput, "{}: empty: there is nothing to score", name); }

}  // namespace crossrank
