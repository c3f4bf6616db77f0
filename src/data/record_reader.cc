#include "data/record_reader.h"

#include <filesystem>

#include "base/error.h"
#include "base/utf8.h"
#include "data/csv_row.h"
#include "data/line_reader.h"

namespace crossrank {
namespace {

constexpr std::string_view kSpaces = " \t\r";

struct Unpacker {
  std::string_view extension, program;
};
constexpr Unpacker kUnpackers[] = {{".gz", "zcat"}, {".zst", "zstdcat"}, {".xz", "xzcat"}, {".bz2", "bzcat"}};

bool is_blank(std::string_view line) { return line.find_first_not_of(kSpaces) == std::string_view::npos; }

// A JSON object or string alone on the line: the start of JSON Lines. A line of prose never is the one, and hardly ever the other.
bool looks_like_json(std::string_view line) {
  const size_t first = line.find_first_not_of(kSpaces);
  if (first == std::string_view::npos || (line[first] != '{' && line[first] != '"')) return false;
  return Json::accept(replace_invalid_utf8(line));
}

InputFormat format_of_name(const std::string& file) {
  const std::string extension = std::filesystem::path(file).extension().string();
  if (extension == ".txt") return InputFormat::kText;
  if (extension == ".jsonl" || extension == ".ndjson") return InputFormat::kJsonl;
  if (extension == ".csv") return InputFormat::kCsv;
  if (extension == ".tsv") return InputFormat::kTsv;
  if (extension == ".parquet") return InputFormat::kParquet;
  for (const Unpacker& unpacker : kUnpackers) {
    if (extension != unpacker.extension) continue;
    throw error(ErrorCode::kUnsupported, "{0}: compressed; pipe it in: {1} {0} | crossrank ... -", file, unpacker.program);
  }
  return InputFormat::kAuto;
}

class LinesOrRows : public RecordReader {
 public:
  explicit LinesOrRows(const InputOptions& options) : lines_(options.file), format_(options.format) {
    if (format_ == InputFormat::kAuto) format_ = format_of_name(options.file);
    if (format_ == InputFormat::kAuto) format_ = format_of_first_line();
    if (format_ == InputFormat::kParquet) {
      throw error(ErrorCode::kUnsupported,
                  "{}: Parquet cannot be read yet; convert it to JSON Lines, in Python: pandas.read_parquet(FILE).to_json(OUT, "
                  "orient=\"records\", lines=True)",
                  lines_.name());
    }
  }

  bool next(Record& record) override {
    if (format_ == InputFormat::kCsv || format_ == InputFormat::kTsv) return next_row(record);
    while (lines_.next()) {
      if (format_ == InputFormat::kJsonl && is_blank(lines_.line())) continue;
      record.where = lines_.where();
      if (format_ == InputFormat::kJsonl) {
        record.value = parse_json_data(lines_.line(), record.where);
      } else {
        record.value = replace_invalid_utf8(lines_.line());
      }
      return true;
    }
    return false;
  }

  InputFormat format() const override { return format_; }
  const std::string& name() const override { return lines_.name(); }
  double fraction_read() const override { return lines_.fraction_read(); }

 private:
  InputFormat format_of_first_line() {
    if (!lines_.next()) return InputFormat::kText;
    lines_.put_back();
    return looks_like_json(lines_.line()) ? InputFormat::kJsonl : InputFormat::kText;
  }

  bool next_row(Record& record) {
    std::vector<std::string> fields;
    int64_t line = 0;
    if (!next_csv_row(lines_, format_ == InputFormat::kCsv ? ',' : '\t', fields, line)) return false;
    record.where = lines_.where(line);
    record.value = std::move(fields);
    return true;
  }

  LineReader lines_;
  InputFormat format_;
};

}  // namespace

std::unique_ptr<RecordReader> RecordReader::open(const InputOptions& options) { return std::make_unique<LinesOrRows>(options); }

}  // namespace crossrank
