#include "data/record_reader.h"

#include "base/error.h"
#include "base/utf8.h"
#include "data/csv_row.h"
#include "data/line_reader.h"
#include "data/parquet_reader.h"

namespace crossrank {
namespace {

constexpr std::string_view kSpaces = " \t\r";

struct NamedFormat {
  std::string_view extension;
  InputFormat format;
};
constexpr NamedFormat kExtensions[] = {
    {".txt", InputFormat::kText}, {".jsonl", InputFormat::kJsonl}, {".ndjson", InputFormat::kJsonl},   {".json", InputFormat::kJsonl},
    {".csv", InputFormat::kCsv},  {".tsv", InputFormat::kTsv},     {".parquet", InputFormat::kParquet}};

struct Unpacker {
  std::string_view extension, program;
};
constexpr Unpacker kUnpackers[] = {{".xz", "xzcat"}, {".bz2", "bzcat"}, {".lz4", "lz4cat"}};

bool is_blank(std::string_view line) { return line.find_first_not_of(kSpaces) == std::string_view::npos; }

// A JSON object or string alone on the line: the start of JSON Lines. A line of prose never is the one, and hardly ever the other.
bool looks_like_json(std::string_view line) {
  const size_t first = line.find_first_not_of(kSpaces);
  if (first == std::string_view::npos || (line[first] != '{' && line[first] != '"')) return false;
  return Json::accept(replace_invalid_utf8(line));
}

InputFormat format_of_name(std::string_view file) {
  const std::string_view name = unpacked_name(file);
  for (const NamedFormat& named : kExtensions) {
    if (name.ends_with(named.extension)) return named.format;
  }
  for (const Unpacker& unpacker : kUnpackers) {
    if (!name.ends_with(unpacker.extension)) continue;
    throw error(ErrorCode::kUnsupported, "{0}: compressed; pipe it in: {1} {0} | crossrank ... -", file, unpacker.program);
  }
  return InputFormat::kAuto;
}

InputFormat format_of_first_line(LineReader& lines) {
  if (!lines.next()) return InputFormat::kText;
  lines.put_back();
  return looks_like_json(lines.line()) ? InputFormat::kJsonl : InputFormat::kText;
}

class LineRecords : public RecordReader {
 public:
  LineRecords(const std::string& file, InputFormat format) : lines_(file), format_(format) {
    if (format_ == InputFormat::kAuto) format_ = format_of_first_line(lines_);
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
  std::vector<std::string> keys() const override { return json_keys(lines_.line()); }
  const std::string& name() const override { return lines_.name(); }
  double fraction_read() const override { return lines_.fraction_read(); }

 private:
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

class ParquetRecords : public RecordReader {
 public:
  explicit ParquetRecords(const std::string& file) : rows_(ParquetReader::open(file)) {}

  bool next(Record& record) override {
    std::vector<Json> cells;
    if (!rows_->next(cells)) return false;
    record.where = fmt::format("{}:row {}", rows_->name(), rows_->row());
    record.value = std::move(cells);
    return true;
  }

  InputFormat format() const override { return InputFormat::kParquet; }
  std::vector<std::string> keys() const override { return rows_->columns(); }
  const std::string& name() const override { return rows_->name(); }
  double fraction_read() const override {
    return rows_->num_rows() == 0 ? 1 : static_cast<double>(rows_->row()) / static_cast<double>(rows_->num_rows());
  }

 private:
  std::unique_ptr<ParquetReader> rows_;
};

}  // namespace

std::unique_ptr<RecordReader> RecordReader::open(const InputOptions& options) {
  const InputFormat format = options.format == InputFormat::kAuto ? format_of_name(options.file) : options.format;
  if (format == InputFormat::kParquet) return std::make_unique<ParquetRecords>(options.file);
  return std::make_unique<LineRecords>(options.file, format);
}

}  // namespace crossrank
