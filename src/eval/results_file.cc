#include "eval/results_file.h"

#include <system_error>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/mapped_file.h"
#include "base/python_number.h"

namespace crossrank {
namespace {

constexpr size_t kMaxResultsBytes = size_t{256} << 20;

// A field as csv.writer puts it down: quoted where it holds a comma, a quote or an end of line.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_line(const std::vector<std::string>& fields, const char* end_of_line) {
  std::string line;
  for (const std::string& field : fields) line += (line.empty() ? "" : ",") + csv_field(field);
  return line + end_of_line;
}

}  // namespace

std::string python_epoch(double epoch) { return epoch == -1 ? "-1" : python_number(epoch); }

void append_results(const std::filesystem::path& folder, const ResultsFile& file, const std::vector<std::string>& row) {
  if (file.name.find('/') != std::string::npos || file.name.find('\0') != std::string::npos) {
    throw error(ErrorCode::kUsage, "{}: cannot be a file's name; choose an evaluator's name without \"/\"", file.name);
  }
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw error(ErrorCode::kIo, "{}: the folder for results cannot be made: {}", folder.string(), problem.message());
  const std::filesystem::path path = folder / file.name;
  const bool exists = std::filesystem::is_regular_file(path, problem);
  AtomicFile out(path);
  out.write(exists ? read_file(path, kMaxResultsBytes) : csv_line(file.header, file.end_of_line));
  out.write(csv_line(row, file.end_of_line));
  out.commit();
}

}  // namespace crossrank
