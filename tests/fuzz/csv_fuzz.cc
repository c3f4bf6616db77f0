// CSV: any bytes are rows or Errors, reading always ends, and rows that are written back with quotes are read as themselves.
#include <vector>

#include "crossrank/error.h"
#include "data/csv_row.h"
#include "fuzz/memory_file.h"

namespace crossrank {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows read(const std::string& path) {
  LineReader lines(path);
  Rows rows;
  std::vector<std::string> fields;
  int64_t line = 0;
  for (bool more = true; more;) {
    const int64_t before = lines.number();
    try {
      more = next_csv_row(lines, ',', fields, line);
      if (more) rows.push_back(fields);
    } catch (const Error& error) {
      require(error.code() == ErrorCode::kInput && lines.number() > before);
    }
  }
  return rows;
}

std::string write(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      text += i == 0 ? "\"" : ",\"";
      for (const char c : row[i]) text.append(c == '"' ? 2 : 1, c);
      text += '"';
    }
    text += '\n';
  }
  return text;
}

}  // namespace
}  // namespace crossrank

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossrank;
  if (is_packed(data, size)) return 0;
  const Rows rows = read(MemoryFile(data, size).path());
  const std::string text = write(rows);
  require(read(MemoryFile(reinterpret_cast<const uint8_t*>(text.data()), text.size()).path()) == rows);
  return 0;
}
