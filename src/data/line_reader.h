// LineReader: the lines of a file or of standard input, one at a time, in memory that does not grow with the file;
// what is packed by gzip or zstd is unpacked on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "data/byte_source.h"

namespace crossrank {

/// No line (and no CSV record) is longer than this: a limit for broken files, far above any document.
inline constexpr size_t kMaxLineBytes = size_t{16} << 20;

/// Lines end in LF or CRLF; the last one may go without. A byte order mark at the start is dropped. Bytes are given as they are:
/// NUL is a character, and UTF-8 is for the reader of the line to repair.
class LineReader {
 public:
  /// As ByteSource::open.
  explicit LineReader(const std::string& path) : source_(ByteSource::open(path)) {}

  /// Goes to the next line; false at the end. Error(kInput) for a line above kMaxLineBytes and for UTF-16, Error(kIo) when
  /// reading fails. After an Error(kInput) the next call goes on with the line that follows.
  bool next();
  /// Makes the next call of next() stay on this line.
  void put_back() { put_back_ = true; }

  /// The line without its ending; valid until the next call of next().
  std::string_view line() const { return line_; }
  /// "\n", "\r\n", or nothing after the last line.
  std::string_view ending() const { return ending_; }
  /// Counts from 1.
  int64_t number() const { return number_; }

  const std::string& name() const { return source_->name(); }
  /// "FILE:LINE" of the current line, the beginning of messages about it.
  std::string where() const { return where(number_); }
  std::string where(int64_t number) const;

  /// Share of the file that was read, 0 to 1; negative where the size is not known (a pipe).
  double fraction_read() const;

 private:
  bool fill();
  void skip_long_line();
  void drop_byte_order_mark();

  std::unique_ptr<ByteSource> source_;
  std::string buffer_;  // [begin_, end_) is read and not yet given out
  size_t begin_ = 0, end_ = 0;
  bool at_end_ = false, put_back_ = false;
  int64_t number_ = 0, bytes_read_ = 0;  // bytes: unpacked
  std::string_view line_, ending_;
};

}  // namespace crossrank
