#include "data/row_writer.h"

#include <unistd.h>

#include <optional>

#include "base/atomic_file.h"
#include "base/error.h"
#include "data/parquet_writer.h"

namespace crossrank {
namespace {

constexpr size_t kBufferBytes = size_t{64} << 10;

class JsonLinesWriter : public RowWriter {
 public:
  JsonLinesWriter(const std::string& path, const std::vector<std::string>& columns) {
    if (!path.empty() && path != "-") file_.emplace(path);
    for (const std::string& column : columns) keys_.push_back(dump(column) + ": ");
  }

  void write(std::span<const Json> values) override {
    if (values.size() != keys_.size())
      throw error(ErrorCode::kInput, "a row of {} values, where there are {} columns", values.size(), keys_.size());
    for (size_t i = 0; i < keys_.size(); ++i) {
      buffer_ += i == 0 ? "{" : ", ";
      buffer_ += keys_[i];
      buffer_ += dump(values[i]);
    }
    buffer_ += "}\n";
    if (buffer_.size() >= kBufferBytes) flush();
  }

  void finish() override {
    flush();
    if (file_) file_->commit();
  }

 private:
  static std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

  void flush() {
    if (file_) {
      file_->write(buffer_);
    } else {
      write_all(STDOUT_FILENO, buffer_, "stdout");
    }
    buffer_.clear();
  }

  std::optional<AtomicFile> file_;
  std::vector<std::string> keys_;  // "NAME": , as it is written
  std::string buffer_;
};

}  // namespace

std::unique_ptr<RowWriter> RowWriter::open(const std::string& path, std::vector<std::string> columns) {
  if (path.ends_with(".parquet")) return open_parquet_writer(path, std::move(columns));
  return std::make_unique<JsonLinesWriter>(path, columns);
}

}  // namespace crossrank
