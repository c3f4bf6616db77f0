#ifdef CROSSRANK_PARQUET

#include "data/parquet_reader.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <fcntl.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <cerrno>
#include <cstring>
#include <numeric>

#include "base/error.h"
#include "base/utf8.h"
#include "data/arrow_values.h"

namespace crossrank {
namespace {

constexpr int64_t kBatchRows = 1024;
constexpr int64_t kColumnBufferBytes = int64_t{256} << 10;
constexpr int32_t kMaxThriftBytes = 64 << 20;    // of one text in the footer
constexpr int64_t kMaxBytes = int64_t{4} << 30;  // that Arrow may hold at once: what a page says of its size is not believed beyond it

// Arrow answers with a Status and, below it, Parquet with exceptions; both become an Error that names the place.
void require_ok(const arrow::Status& status, const std::string& where) {
  if (status.ok()) return;
  throw error(ErrorCode::kIo, "{}: no valid Parquet: {}; fetch or write it again", where, status.message());
}

template <typename Call>
auto guarded(const std::string& where, Call&& call) {
  try {
    return call();
  } catch (const Error& problem) {
    throw error(problem.code(), "{}: {}", where, problem.what());
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& problem) {
    throw error(ErrorCode::kIo, "{}: no valid Parquet: {}; fetch or write it again", where, problem.what());
  }
}

template <typename Call>
arrow::Status status_of(Call&& call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& problem) {
    return arrow::Status::IOError(problem.what());
  }
}

arrow::Status next_valid(arrow::RecordBatchReader& batches, std::shared_ptr<arrow::RecordBatch>& batch) {
  ARROW_RETURN_NOT_OK(batches.ReadNext(&batch));
  return batch ? batch->Validate() : arrow::Status::OK();
}

class ArrowParquetReader : public ParquetReader {
 public:
  explicit ArrowParquetReader(const std::string& path) : name_(path) {
    guarded(name_, [&] { open_file(); });
    std::shared_ptr<arrow::Schema> schema;
    guarded(name_, [&] { require_ok(reader_->GetSchema(&schema), "its schema"); });
    for (const auto& field : schema->fields()) {
      require_depth(*field->type(), fmt::format("{}: field {}", name_, field->name()));
      columns_.push_back(is_valid_utf8(field->name()) ? field->name() : replace_invalid_utf8(field->name()));
    }
    leaves_.resize(static_cast<size_t>(reader_->parquet_reader()->metadata()->num_columns()));
    std::iota(leaves_.begin(), leaves_.end(), 0);
    num_rows_ = reader_->parquet_reader()->metadata()->num_rows();
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  int64_t num_rows() const override { return num_rows_; }
  int64_t row() const override { return row_; }
  const std::string& name() const override { return name_; }

  bool next(std::vector<Json>& cells) override {
    if (failed_) return false;
    while (!batch_ || in_batch_ == batch_->num_rows()) {
      failed_ = true;  // until the batch is there: nobody reads on behind damage
      if (!next_batch()) return false;
      failed_ = false;
    }
    cells.resize(columns_.size());
    ++row_;
    guarded(group_name(), [&] {
      for (size_t i = 0; i < cells.size(); ++i) cells[i] = json_value(*batch_->column(static_cast<int>(i)), in_batch_);
    });
    ++in_batch_;
    return true;
  }

 private:
  void open_file() {
    parquet::ReaderProperties properties(&pool_);
    properties.enable_buffered_stream();
    properties.set_buffer_size(kColumnBufferBytes);
    properties.set_thrift_string_size_limit(kMaxThriftBytes);
    properties.set_page_checksum_verification(true);  // of pages that have one
    parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
    arrow_properties.set_batch_size(kBatchRows);
    arrow_properties.set_pre_buffer(false);
    const int descriptor = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw error(ErrorCode::kIo, "{}", std::strerror(errno));
    auto file = arrow::io::ReadableFile::Open(descriptor, &pool_);  // which closes it
    if (!file.ok()) throw error(ErrorCode::kIo, "{}", file.status().message());
    parquet::arrow::FileReaderBuilder builder;
    require_ok(builder.Open(*file, properties), "its footer");
    auto reader = builder.memory_pool(&pool_)->properties(arrow_properties)->Build();
    require_ok(reader.status(), "its footer");
    reader_ = std::move(reader).ValueUnsafe();
  }

  std::string group_name() const { return fmt::format("{}: row group {}", name_, group_ - 1); }

  // Runs what reads pages of the row group; an error names the group and the column.
  template <typename Call>
  void read_pages(Call&& call) {
    const arrow::Status status = status_of(call);
    if (!status.ok()) require_ok(status, fmt::format("{}: {}", group_name(), damaged_column()));
  }

  // Arrow does not say whose page it could not read: each column is read alone until one fails.
  std::string damaged_column() {
    for (const int leaf : leaves_) {
      const auto read_alone = [&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(const auto batches, reader_->GetRecordBatchReader({group_ - 1}, {leaf}));
        std::shared_ptr<arrow::RecordBatch> batch;
        do ARROW_RETURN_NOT_OK(next_valid(*batches, batch));
        while (batch);
        return arrow::Status::OK();
      };
      if (status_of(read_alone).ok()) continue;
      const std::string name = reader_->parquet_reader()->metadata()->schema()->Column(leaf)->path()->ToDotVector().front();
      return fmt::format("column {}", is_valid_utf8(name) ? name : replace_invalid_utf8(name));
    }
    return "its pages";
  }

  // A page whose head is damaged may pass for one of a kind that readers leave out: its rows are gone, and nothing else says so.
  void require_all_rows() {
    const int64_t expected = reader_->parquet_reader()->metadata()->RowGroup(group_ - 1)->num_rows();
    if (rows_of_group_ == expected) return;
    throw error(ErrorCode::kIo, "{}: no valid Parquet: {} rows in its pages, where the footer says {}; fetch or write it again",
                group_name(), rows_of_group_, expected);
  }

  // The next rows, of this row group or of the next one that has some.
  bool next_batch() {
    in_batch_ = 0;
    batch_.reset();
    while (true) {
      if (batches_) {
        read_pages([&] { return next_valid(*batches_, batch_); });
        if (batch_ && batch_->num_columns() != static_cast<int>(columns_.size())) {
          throw error(ErrorCode::kIo, "{}: no valid Parquet: {} columns, where the schema has {}", group_name(), batch_->num_columns(),
                      columns_.size());
        }
        if (batch_) {
          rows_of_group_ += batch_->num_rows();
          return true;
        }
        require_all_rows();
      }
      if (group_ == reader_->num_row_groups()) return false;
      ++group_;
      rows_of_group_ = 0;
      read_pages([&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(batches_, reader_->GetRecordBatchReader({group_ - 1}, leaves_));
        return arrow::Status::OK();
      });
    }
  }

  std::string name_;
  // Freed after everything that was taken from it.
  arrow::ProxyMemoryPool own_pool_{arrow::default_memory_pool()};
  arrow::CappedMemoryPool pool_{&own_pool_, kMaxBytes};
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::vector<std::string> columns_;
  std::vector<int> leaves_;  // all of them: nested columns have several
  int64_t num_rows_ = 0, row_ = 0, in_batch_ = 0;
  int group_ = 0;  // row groups begun
  int64_t rows_of_group_ = 0;
  bool failed_ = false;
};

}  // namespace

bool has_parquet() { return true; }

std::unique_ptr<ParquetReader> ParquetReader::open(const std::string& path) {
  if (path == "-")
    throw error(ErrorCode::kUnsupported, "stdin: Parquet cannot be read from a pipe: its index is at the end; name the file");
  return std::make_unique<ArrowParquetReader>(path);
}

}  // namespace crossrank

#endif
