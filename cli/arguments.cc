#include "cli/arguments.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "cli/bundled_model.h"
#include "cli/progress_bar.h"

namespace crossrank {

void ModelArguments::add_to(CLI::App& app) {
  app.add_option("-m,--model", model, "model folder, or Hub id org/name (default: the bundled " + std::string(kBundledModel) + ")")
      ->type_name("MODEL");
  add_flags(app, load_options);
  add_flag(app, "--device", device, "cpu, cuda");
  app.add_flag("--quiet", quiet, "no progress bar");
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

void InputArguments::add_to(CLI::App& app, const std::string& what, ExampleKind kind) {
  app.add_option("FILE", options.file, what + "; - is standard input")->capture_default_str()->type_name("");
  add_flags(app, options);
  if (kind != ExampleKind::kDocument) {
    add_flag(app, "--query-field", options.query_field, "field or column with the query of a pair (default: query)");
  }
  app.add_flag("--skip-bad-lines", skip_bad_lines, "report bad lines and go on, instead of ending at the first");
}

void InputArguments::require_input() const {
  if (options.file == "-" && ::isatty(STDIN_FILENO) != 0) {
    throw Error(ErrorCode::kUsage, "no input: name a FILE, or pipe one in; --help shows examples");
  }
}

void InputArguments::report_skipped(const Error& error) { fmt::print(stderr, "crossrank: skipped {}\n", error.what()); }

void add_output_flag(CLI::App& app, std::string& path) {
  app.add_option("--output", path, "file for the results, which appears whole (default: standard output)")->type_name("FILE");
}

void add_format_flag(CLI::App& app, OutputFormat& format) {
  add_flag(app, "--format", format, "table, jsonl, json; auto is a table on a terminal and JSON Lines elsewhere");
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
