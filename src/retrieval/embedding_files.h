// EmbeddingFiles: a matrix of embeddings on disk while it is made, chunk by chunk, each with a sum that says whether it is right.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// The size of the matrix, and of the chunks (the last one may be shorter).
struct EmbeddingShape {
  int64_t rows = 0;
  int dimensions = 0;
  int64_t chunk_rows = 1;

  int64_t chunks() const { return (rows + chunk_rows - 1) / chunk_rows; }
  int64_t first_row(int64_t chunk) const { return chunk * chunk_rows; }
  int64_t rows_of(int64_t chunk) const { return chunk + 1 < chunks() ? chunk_rows : rows - first_row(chunk); }
};

/// An open file; closed with the object.
class FileDescriptor {
 public:
  /// Opens for reading and writing, and makes the file where it is not there. Error(kIo) names it.
  explicit FileDescriptor(std::filesystem::path path);
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  /// Waits until no other process or object has the lock.
  void lock();
  int64_t size() const;
  void resize(int64_t bytes);
  /// False where the file ends before.
  bool read_at(int64_t offset, std::span<char> bytes) const;
  void write_at(int64_t offset, std::string_view bytes);
  void sync();

 private:
  std::filesystem::path path_;
  int descriptor_;
};

/// Holds the lock of its files while it lives. Not for several threads.
class EmbeddingFiles {
 public:
  /// Opens FOLDER/KEY.npy, .npy.part and .sums, and finds out which chunks are right.
  EmbeddingFiles(const std::filesystem::path& folder, const std::string& key, const EmbeddingShape& shape);

  /// Chunks whose bytes have their sum.
  const std::vector<bool>& right() const { return right_; }
  /// Writes a chunk [rows, dimensions], then its sum.
  void write(int64_t chunk, std::span<const float> values);
  /// Gives the file its name once every chunk is right; returns it.
  std::filesystem::path finish();

  /// Bytes before the first row: the header of the .npy format.
  static int64_t header_bytes();

 private:
  void check_chunks();
  int64_t offset_of(int64_t chunk) const;

  EmbeddingShape shape_;
  std::filesystem::path finished_, unfinished_;
  FileDescriptor sums_;
  bool was_finished_ = false;
  std::vector<bool> right_;
  std::unique_ptr<FileDescriptor> rows_;
};

}  // namespace crossrank
