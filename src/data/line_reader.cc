#include "data/line_reader.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace crossrank {
namespace {

constexpr size_t kReadBytes = size_t{64} << 10;

}  // namespace

std::string LineReader::where(int64_t number) const { return fmt::format("{}:{}", name(), number); }

double LineReader::fraction_read() const {
  if (source_->packed_size() <= 0) return -1;
  const double read = static_cast<double>(source_->packed_bytes_read()) / static_cast<double>(source_->packed_size());
  const double used = bytes_read_ == 0 ? 1 : 1 - static_cast<double>(end_ - begin_) / static_cast<double>(bytes_read_);
  return std::min(1.0, read * used);
}

// Reads some more bytes behind those that wait; false at the end of the file.
bool LineReader::fill() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < kReadBytes) buffer_.resize(std::max(buffer_.size() * 2, kReadBytes * 2));
  const size_t count = source_->read(buffer_.data() + end_, buffer_.size() - end_);
  at_end_ = count == 0;
  end_ += count;
  bytes_read_ += static_cast<int64_t>(count);
  return !at_end_;
}

void LineReader::skip_long_line() {
  do {
    const void* newline = std::memchr(buffer_.data() + begin_, '\n', end_ - begin_);
    if (newline != nullptr) {
      begin_ = static_cast<size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
      break;
    }
    begin_ = end_ = 0;
  } while (fill());
  line_ = ending_ = {};
  throw error(ErrorCode::kInput, "{}: longer than the {} MiB that a line may have; split it", where(), kMaxLineBytes >> 20);
}

void LineReader::drop_byte_order_mark() {
  if (line_.starts_with("\xEF\xBB\xBF")) line_.remove_prefix(3);
  if (line_.starts_with("\xFF\xFE") || line_.starts_with("\xFE\xFF")) {
    throw error(ErrorCode::kInput, "{}: UTF-16; convert it: iconv -f UTF-16 -t UTF-8", where());
  }
}

bool LineReader::next() {
  if (put_back_) {
    put_back_ = false;
    return true;
  }
  size_t searched = 0;  // bytes from begin_ that hold no newline
  const void* newline = nullptr;
  while (true) {
    if (end_ > begin_ + searched) newline = std::memchr(buffer_.data() + begin_ + searched, '\n', end_ - begin_ - searched);
    if (newline != nullptr) break;
    searched = end_ - begin_;
    if (searched > kMaxLineBytes) {
      ++number_;
      skip_long_line();
    }
    if (!fill()) break;
  }
  if (newline == nullptr && begin_ == end_) return false;
  const char* start = buffer_.data() + begin_;
  const char* stop = newline != nullptr ? static_cast<const char*>(newline) : buffer_.data() + end_;
  const char* after = newline != nullptr ? stop + 1 : stop;
  if (newline != nullptr && stop > start && stop[-1] == '\r') --stop;
  begin_ += static_cast<size_t>(after - start);
  line_ = {start, static_cast<size_t>(stop - start)};
  ending_ = {stop, static_cast<size_t>(after - stop)};
  ++number_;
  if (number_ == 1) drop_byte_order_mark();
  if (line_.size() > kMaxLineBytes) {
    throw error(ErrorCode::kInput, "{}: longer than the {} MiB that a line may have; split it", where(), kMaxLineBytes >> 20);
  }
  return true;
}

}  // namespace crossrank
