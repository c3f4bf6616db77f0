// EmbeddingStore: the embeddings of a list of texts, in memory, or in a folder that keeps them for the next run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "retrieval/embedder.h"

namespace crossrank {

/// Which embeddings, and where they are kept.
struct EmbeddingStoreOptions {
  std::filesystem::path folder;  // made where it is not there; empty: in memory, and gone with the object
  EmbeddingTask task = EmbeddingTask::kDocument;
  PromptOptions prompt = {};
  int64_t chunk_rows = 4096;  // rows that a cut run loses at most
};

/// One unit vector a text. Immutable; may be shared between threads.
///
/// In the folder they are KEY.npy (float32, C order: numpy.load reads it), KEY being a digest of the embedder's identity, the prompt
/// and the texts, and KEY.sums, the SHA-256 of each chunk of rows. While they are made they are KEY.npy.part: a run that was cut goes on
/// where it stopped. Sums are checked whenever a file is taken up, and only what is not right is made again, so that a torn, damaged or
/// foreign file is never believed. The finished file is mapped, not read: memory stays small.
class EmbeddingStore {
 public:
  /// Embeds the texts, or takes what the folder has of them; waits for another process that is making the same ones in the folder.
  /// Progress counts texts, those that were there at once. Error(kIo) names the file.
  static EmbeddingStore open(const Embedder& embedder, std::span<const std::string_view> texts, const EmbeddingStoreOptions& options = {},
                             const Progress& progress = {});

  int64_t rows() const { return rows_; }
  int dimensions() const { return dimensions_; }
  /// Rows that were found in the folder and not made.
  int64_t reused_rows() const { return reused_rows_; }
  /// KEY.npy, or empty in memory.
  const std::filesystem::path& file() const { return file_; }

  /// [dimensions]
  std::span<const float> row(int64_t index) const { return block(index, 1); }
  /// [count, dimensions], row-major.
  std::span<const float> block(int64_t first, int64_t count) const {
    return std::span(values_, static_cast<size_t>(rows_ * dimensions_))
        .subspan(static_cast<size_t>(first * dimensions_), static_cast<size_t>(count * dimensions_));
  }

 private:
  EmbeddingStore() = default;

  int64_t rows_ = 0;
  int dimensions_ = 0;
  int64_t reused_rows_ = 0;
  std::filesystem::path file_;
  std::shared_ptr<const MappedFile> mapped_;
  std::shared_ptr<const std::vector<float>> owned_;
  const float* values_ = nullptr;  // in one of the two
};

}  // namespace crossrank
