#include "data/dataset_rows.h"

#include <algorithm>

#include "base/error.h"
#include "data/parquet_reader.h"

namespace crossrank {
namespace {

constexpr std::string_view kTextColumn = "text";  // what plain text is called, in the reference too

// What a column's values must have in common.
enum class CellType { kUnknown, kText, kNumber, kBool, kList, kObject };

CellType type_of(const Json& value) {
  if (value.is_string()) return CellType::kText;
  if (value.is_number()) return CellType::kNumber;
  if (value.is_boolean()) return CellType::kBool;
  if (value.is_array()) return CellType::kList;
  return value.is_object() ? CellType::kObject : CellType::kUnknown;
}

constexpr std::string_view kTypeNames[] = {"nothing", "texts", "numbers", "true and false", "lists", "objects"};

class FileRows : public DatasetReader {
 public:
  FileRows(const std::string& path, InputFormat format) : records_(RecordReader::open({.file = path, .format = format})) {
    switch (records_->format()) {
      case InputFormat::kText:
        columns_ = {std::string(kTextColumn)};
        break;
      case InputFormat::kParquet:
        columns_ = records_->keys();
        break;
      default:
        settle_columns();
    }
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (std::find(columns_.begin(), columns_.begin() + static_cast<std::ptrdiff_t>(i), columns_[i]) ==
          columns_.begin() + static_cast<std::ptrdiff_t>(i))
        continue;
      throw error(ErrorCode::kInput, "{}: two columns are called {}; rename one", records_->name(), columns_[i]);
    }
    types_.resize(columns_.size(), CellType::kUnknown);
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  const std::string& name() const override { return records_->name(); }
  double fraction_read() const override { return records_->fraction_read(); }

  bool next(DatasetRow& row) override {
    Record record;
    if (first_read_ahead_) {
      first_read_ahead_ = false;
      record = std::move(first_);
    } else if (!records_->next(record)) {
      return false;
    }
    row.where = std::move(record.where);
    row.values.assign(columns_.size(), Json());
    if (auto* cells = std::get_if<std::vector<Json>>(&record.value)) {
      row.values = std::move(*cells);  // Parquet settled their types
    } else if (auto* object = std::get_if<Json>(&record.value)) {
      take_object(*object, row);
    } else if (auto* fields = std::get_if<std::vector<std::string>>(&record.value)) {
      take_fields(*fields, row);
    } else {
      row.values.front() = std::move(std::get<std::string>(record.value));
    }
    return true;
  }

 private:
  // Of CSV the first row names the columns; of JSON Lines it does so too and is a row as well.
  void settle_columns() {
    if (!records_->next(first_)) return;
    if (auto* header = std::get_if<std::vector<std::string>>(&first_.value)) {
      columns_ = std::move(*header);
      return;
    }
    require_object(std::get<Json>(first_.value), first_.where);
    columns_ = records_->keys();
    first_read_ahead_ = true;
  }

  static void require_object(const Json& value, const std::string& where) {
    if (!value.is_object())
      throw error(ErrorCode::kInput, "{}: expected an object with a field a column, found {}", where, value.type_name());
  }

  void take_object(Json& object, DatasetRow& row) {
    require_object(object, row.where);
    size_t found = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto field = object.find(columns_[i]);
      if (field == object.end()) continue;
      ++found;
      check_type(i, *field, row.where);
      row.values[i] = std::move(*field);
    }
    if (found == object.size()) return;
    for (const auto& [key, unused] : object.items()) find_column(columns_, key, row.where);  // the one that there is not is the error
  }

  void check_type(size_t column, const Json& value, const std::string& where) {
    const CellType type = type_of(value);
    if (type == CellType::kUnknown || type == types_[column]) return;
    if (types_[column] != CellType::kUnknown) {
      throw error(ErrorCode::kInput, "{}: field {}: {}, where earlier rows hold {}", where, columns_[column], value.type_name(),
                  kTypeNames[static_cast<size_t>(types_[column])]);
    }
    types_[column] = type;
  }

  void take_fields(std::vector<std::string>& fields, DatasetRow& row) const {
    if (fields.size() != columns_.size()) {
      throw error(ErrorCode::kInput, "{}: {} columns, where the header has {}", row.where, fields.size(), columns_.size());
    }
    std::move(fields.begin(), fields.end(), row.values.begin());
  }

  std::unique_ptr<RecordReader> records_;
  std::vector<std::string> columns_;
  std::vector<CellType> types_;
  Record first_;
  bool first_read_ahead_ = false;
};

class ShardRows : public DatasetReader {
 public:
  ShardRows(std::string name, std::vector<std::string> paths, InputFormat format)
      : name_(std::move(name)), paths_(std::move(paths)), format_(format), shard_(read_file_rows(paths_.front(), format_)) {
    while (shard_->columns().empty() && index_ + 1 < paths_.size()) shard_ = read_file_rows(paths_[++index_], format_);
    columns_ = shard_->columns();
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  const std::string& name() const override { return name_; }
  double fraction_read() const override {
    const double of_shard = std::max(0.0, shard_->fraction_read());
    return (static_cast<double>(index_) + of_shard) / static_cast<double>(paths_.size());
  }

  bool next(DatasetRow& row) override {
    while (!shard_->next(row)) {
      if (index_ + 1 == paths_.size()) return false;
      shard_ = read_file_rows(paths_[++index_], format_);
      settle_order();
    }
    if (order_.empty()) return true;
    std::vector<Json> values(columns_.size());
    for (size_t i = 0; i < columns_.size(); ++i) values[i] = std::move(row.values[order_[i]]);
    row.values = std::move(values);
    return true;
  }

 private:
  // order_[i]: where this shard has column i; empty where all stand as in the first shard. A shard without rows has no columns.
  void settle_order() {
    order_.clear();
    const std::vector<std::string>& columns = shard_->columns();
    if (columns == columns_ || columns.empty()) return;
    for (const std::string& column : columns) find_column(columns_, column, shard_->name());
    for (const std::string& column : columns_) order_.push_back(find_column(columns, column, shard_->name()));
  }

  std::string name_;
  std::vector<std::string> paths_;
  InputFormat format_;
  size_t index_ = 0;
  std::unique_ptr<DatasetReader> shard_;
  std::vector<std::string> columns_;
  std::vector<size_t> order_;
};

// Rows [begin, end) of another reader.
class SlicedRows : public DatasetReader {
 public:
  SlicedRows(std::unique_ptr<DatasetReader> rows, int64_t begin, int64_t end) : rows_(std::move(rows)), begin_(begin), end_(end) {}

  const std::vector<std::string>& columns() const override { return rows_->columns(); }
  const std::string& name() const override { return rows_->name(); }
  double fraction_read() const override {
    if (end_ == kNoEnd || at_ < begin_) return rows_->fraction_read();
    return end_ == begin_ ? 1 : static_cast<double>(at_ - begin_) / static_cast<double>(end_ - begin_);
  }

  bool next(DatasetRow& row) override {
    while (at_ < end_) {
      if (!rows_->next(row)) return false;
      if (at_++ >= begin_) return true;
    }
    return false;
  }

  static constexpr int64_t kNoEnd = INT64_MAX;

 private:
  std::unique_ptr<DatasetReader> rows_;
  int64_t begin_, end_, at_ = 0;
};

bool is_parquet(const std::string& path, InputFormat format) {
  return format == InputFormat::kParquet || (format == InputFormat::kAuto && path.ends_with(".parquet"));
}

int64_t count_rows(const std::string& name, const std::vector<std::string>& paths, InputFormat format) {
  int64_t count = 0;
  if (std::all_of(paths.begin(), paths.end(), [&](const std::string& path) { return is_parquet(path, format); })) {
    for (const std::string& path : paths) count += ParquetReader::open(path)->num_rows();
    return count;
  }
  const auto rows = read_shard_rows(name, paths, format);
  DatasetRow row;
  while (rows->next(row)) ++count;
  return count;
}

}  // namespace

std::unique_ptr<DatasetReader> read_file_rows(const std::string& path, InputFormat format) {
  return std::make_unique<FileRows>(path, format);
}

std::unique_ptr<DatasetReader> read_shard_rows(std::string name, std::vector<std::string> paths, InputFormat format) {
  if (paths.size() == 1) return read_file_rows(paths.front(), format);
  return std::make_unique<ShardRows>(std::move(name), std::move(paths), format);
}

std::unique_ptr<DatasetReader> read_sliced_rows(std::string name, std::vector<std::string> paths, InputFormat format,
                                                const SplitSpec& spec) {
  int64_t begin = spec.from.value_or(0), end = spec.to.value_or(SlicedRows::kNoEnd);
  if (spec.needs_count()) {
    if (paths.front() == "-")
      throw error(ErrorCode::kInput, "stdin: {}: a slice from the end or in percent needs a file, whose rows can be counted", spec.text);
    const RowRange range = spec.range(count_rows(name, paths, format));
    begin = range.begin;
    end = range.end;
  }
  auto rows = read_shard_rows(std::move(name), std::move(paths), format);
  if (begin == 0 && end == SlicedRows::kNoEnd) return rows;
  return std::make_unique<SlicedRows>(std::move(rows), begin, end);
}

}  // namespace crossrank
