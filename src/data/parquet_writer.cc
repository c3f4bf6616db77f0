#ifdef CROSSRANK_PARQUET

#include "data/parquet_writer.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <parquet/arrow/writer.h>

#include <exception>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/utf8.h"

namespace crossrank {
namespace {

constexpr size_t kGroupRows = 8192;
constexpr size_t kGroupBytes = size_t{32} << 20;

// What a column holds. kNone: nothing but nulls yet, or lists that were all empty.
enum class Kind { kNone, kText, kInteger, kDouble, kBool };
constexpr std::string_view kKindNames[] = {"nothing", "a text", "a whole number", "a number", "true or false"};

struct ColumnType {
  bool list = false;
  Kind kind = Kind::kNone;
};

bool is_integer(const Json& value) {
  return value.is_number_integer() && !(value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX));
}

Kind kind_of(const Json& value) {
  if (value.is_string()) return Kind::kText;
  if (value.is_boolean()) return Kind::kBool;
  if (is_integer(value)) return Kind::kInteger;
  return value.is_number() ? Kind::kDouble : Kind::kNone;
}

// A file of Arrow's that is an AtomicFile. Arrow wants a Status; the Error is kept, so that it is what the caller gets.
class AtomicOutputStream : public arrow::io::OutputStream {
 public:
  explicit AtomicOutputStream(const std::string& path) : file_(path) {}

  arrow::Status Write(const void* data, int64_t bytes) override {
    try {
      file_.write({static_cast<const char*>(data), static_cast<size_t>(bytes)});
    } catch (const Error& error) {
      problem_ = std::current_exception();
      return arrow::Status::IOError(error.what());
    }
    position_ += bytes;
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return closed_; }

  void rethrow() const {
    if (problem_) std::rethrow_exception(problem_);
  }
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
  std::exception_ptr problem_;
  int64_t position_ = 0;
  bool closed_ = false;
};

std::shared_ptr<arrow::DataType> arrow_type(const ColumnType& type) {
  const auto scalar = [&]() -> std::shared_ptr<arrow::DataType> {
    switch (type.kind) {
      case Kind::kInteger:
        return arrow::int64();
      case Kind::kDouble:
        return arrow::float64();
      case Kind::kBool:
        return arrow::boolean();
      default:
        return arrow::utf8();
    }
  }();
  return type.list ? arrow::list(scalar) : scalar;
}

// Appends a value whose kind was checked before.
arrow::Status append(arrow::ArrayBuilder& builder, Kind kind, const Json& value) {
  if (value.is_null()) return builder.AppendNull();
  switch (kind) {
    case Kind::kInteger:
      return static_cast<arrow::Int64Builder&>(builder).Append(value.get<int64_t>());
    case Kind::kDouble:
      return static_cast<arrow::DoubleBuilder&>(builder).Append(value.get<double>());
    case Kind::kBool:
      return static_cast<arrow::BooleanBuilder&>(builder).Append(value.get<bool>());
    default: {
      const std::string& text = value.get_ref<const std::string&>();
      auto& texts = static_cast<arrow::StringBuilder&>(builder);
      return is_valid_utf8(text) ? texts.Append(text) : texts.Append(replace_invalid_utf8(text));
    }
  }
}

arrow::Status append_cell(arrow::ArrayBuilder& builder, const ColumnType& type, const Json& value) {
  if (!type.list || value.is_null()) return append(builder, type.kind, value);
  auto& lists = static_cast<arrow::ListBuilder&>(builder);
  ARROW_RETURN_NOT_OK(lists.Append());
  for (const Json& item : value) ARROW_RETURN_NOT_OK(append(*lists.value_builder(), type.kind, item));
  return arrow::Status::OK();
}

size_t text_bytes(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().size();
  size_t bytes = sizeof(Json);
  if (value.is_array()) {
    for (const Json& item : value) bytes += text_bytes(item);
  }
  return bytes;
}

class ParquetWriter : public RowWriter {
 public:
  ParquetWriter(const std::string& path, std::vector<std::string> columns)
      : path_(path), columns_(std::move(columns)), types_(columns_.size()), sink_(std::make_shared<AtomicOutputStream>(path)) {}

  ~ParquetWriter() override {
    // Arrow ends its file when it goes, into a stream that then drops all.
    writer_.reset();
  }
  ParquetWriter(const ParquetWriter&) = delete;
  ParquetWriter& operator=(const ParquetWriter&) = delete;

  void write(std::span<const Json> values) override {
    if (values.size() != columns_.size()) {
      throw error(ErrorCode::kInput, "{}: row {}: {} values, where there are {} columns", path_, row_ + 1, values.size(), columns_.size());
    }
    std::vector<ColumnType> types = types_;
    for (size_t i = 0; i < values.size(); ++i) settle_type(types[i], i, values[i]);
    types_ = std::move(types);  // only now: a refused row leaves no trace
    ++row_;
    for (const Json& value : values) bytes_ += text_bytes(value);
    rows_.emplace_back(values.begin(), values.end());
    if (rows_.size() >= kGroupRows || bytes_ >= kGroupBytes) write_group();
  }

  void finish() override {
    if (!rows_.empty() || !writer_) write_group();
    require_ok(writer_->Close());
    sink_->commit();
  }

 private:
  void settle_type(ColumnType& type, size_t column, const Json& value) const {
    if (value.is_null()) return;
    if (value.is_object())
      throw error(ErrorCode::kInput, "{}: row {}: field {}: an object, which has no column type here", path_, row_ + 1, columns_[column]);
    const bool known = type.list || type.kind != Kind::kNone || writer_ != nullptr;
    if (known && type.list != value.is_array()) throw differs(column, type, value);
    type.list = value.is_array();
    if (!type.list) return settle_kind(type, column, value);
    for (const Json& item : value) {
      if (item.is_structured())
        throw error(ErrorCode::kInput, "{}: row {}: field {}: a list of lists or objects, which has no column type here", path_, row_ + 1,
                    columns_[column]);
      if (!item.is_null()) settle_kind(type, column, item);
    }
  }

  // In the first row group whole numbers and fractions meet as doubles; after it a whole number may stand among doubles only.
  void settle_kind(ColumnType& type, size_t column, const Json& value) const {
    const Kind kind = kind_of(value);
    const bool both_numbers =
        (type.kind == Kind::kInteger && kind == Kind::kDouble) || (type.kind == Kind::kDouble && kind == Kind::kInteger);
    if (type.kind == kind || (both_numbers && type.kind == Kind::kDouble)) return;
    if (writer_ == nullptr && (type.kind == Kind::kNone || both_numbers)) {
      type.kind = kind;
      return;
    }
    if (writer_ != nullptr && type.kind == Kind::kNone && kind == Kind::kText) return;  // it was written as text
    throw differs(column, type, value);
  }

  [[nodiscard]] Error differs(size_t column, const ColumnType& type, const Json& value) const {
    return error(ErrorCode::kInput, "{}: row {}: field {}: {}, where the column holds {}{}", path_, row_ + 1, columns_[column],
                 value.is_array() ? "a list" : value.type_name(), type.list ? "lists of " : "", kKindNames[static_cast<size_t>(type.kind)]);
  }

  void require_ok(const arrow::Status& status) const {
    if (status.ok()) return;
    sink_->rethrow();
    throw error(ErrorCode::kIo, "{}: {}", path_, status.message());
  }

  void open_writer() {
    std::vector<std::shared_ptr<arrow::Field>> fields;
    for (size_t i = 0; i < columns_.size(); ++i) fields.push_back(arrow::field(columns_[i], arrow_type(types_[i])));
    schema_ = arrow::schema(fields);
    // With a checksum a page that was damaged is found by whoever reads it, also where its values would still make sense.
    const auto properties = parquet::WriterProperties::Builder()
                                .compression(arrow::Compression::ZSTD)
                                ->enable_page_checksum()
                                ->created_by("crossrank")
                                ->build();
    auto writer = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), sink_, properties);
    require_ok(writer.status());
    writer_ = std::move(writer).ValueUnsafe();
  }

  void write_group() {
    if (!writer_) open_writer();
    std::vector<std::shared_ptr<arrow::Array>> arrays(columns_.size());
    for (size_t i = 0; i < columns_.size(); ++i) {
      auto builder = arrow::MakeBuilder(schema_->field(static_cast<int>(i))->type());
      require_ok(builder.status());
      for (const auto& row : rows_) require_ok(append_cell(**builder, types_[i], row[i]));
      require_ok((*builder)->Finish(&arrays[i]));
    }
    const auto table = arrow::Table::Make(schema_, arrays, static_cast<int64_t>(rows_.size()));
    if (!rows_.empty()) require_ok(writer_->WriteTable(*table, static_cast<int64_t>(rows_.size())));
    rows_.clear();
    bytes_ = 0;
  }

  std::string path_;
  std::vector<std::string> columns_;
  std::vector<ColumnType> types_;
  std::shared_ptr<AtomicOutputStream> sink_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  std::vector<std::vector<Json>> rows_;
  size_t bytes_ = 0;
  int64_t row_ = 0;
};

}  // namespace

std::unique_ptr<RowWriter> open_parquet_writer(const std::string& path, std::vector<std::string> columns) {
  return std::make_unique<ParquetWriter>(path, std::move(columns));
}

}  // namespace crossrank

#endif
