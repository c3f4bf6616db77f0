#include "retrieval/embedding_cache.h"

#include <algorithm>

#include "base/error.h"
#include "rank/output_is_no_number.h"
#include "retrieval/digest.h"
#include "retrieval/embedding_files.h"

namespace crossrank {
namespace {

std::string key_of(const Embedder& embedder, std::string_view prompt, std::span<const std::string_view> texts) {
  Digest digest;
  digest.add(embedder.identity());
  digest.add(prompt);
  for (const std::string_view text : texts) digest.add(text);
  return digest.hex();
}

// Makes the chunks that are not right; returns the rows that were.
int64_t make_missing(EmbeddingFiles& files, const EmbeddingShape& shape, const Embedder& embedder, std::string_view prompt,
                     std::span<const std::string_view> texts, const Progress& progress) {
  int64_t done = 0;
  for (int64_t chunk = 0; chunk < shape.chunks(); ++chunk) {
    if (files.right()[static_cast<size_t>(chunk)]) done += shape.rows_of(chunk);
  }
  const int64_t reused = done;
  if (progress && shape.rows > 0) progress(done, shape.rows);
  std::vector<float> values;
  for (int64_t chunk = 0; chunk < shape.chunks(); ++chunk) {
    if (files.right()[static_cast<size_t>(chunk)]) continue;
    const int64_t rows = shape.rows_of(chunk);
    values.resize(static_cast<size_t>(rows * shape.dimensions));
    const Progress of_chunk = [&](int64_t in_chunk, int64_t) { progress(done + in_chunk, shape.rows); };
    try {
      embedder.embed(texts.subspan(static_cast<size_t>(shape.first_row(chunk)), static_cast<size_t>(rows)), prompt, values,
                     progress ? of_chunk : Progress());
    } catch (const OutputIsNoNumber& problem) {
      throw problem.counted_from(shape.first_row(chunk));
    }
    files.write(chunk, values);
    done += rows;
  }
  return reused;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw error(ErrorCode::kIo, "{}: {}", folder.string(), problem.message());
}

}  // namespace

EmbeddingStore EmbeddingStore::open(const Embedder& embedder, std::span<const std::string_view> texts, const EmbeddingStoreOptions& options,
                                    const Progress& progress) {
  if (options.chunk_rows < 1) throw error(ErrorCode::kUsage, "chunk_rows: {} is less than 1", options.chunk_rows);
  const std::string prompt = embedder.prompt(options.task, options.prompt);
  EmbeddingStore store;
  store.rows_ = static_cast<int64_t>(texts.size());
  store.dimensions_ = embedder.dimensions();
  if (options.folder.empty()) {
    auto values = std::make_shared<std::vector<float>>(texts.size() * static_cast<size_t>(store.dimensions_));
    embedder.embed(texts, prompt, *values, progress);
    store.values_ = values->data();
    store.owned_ = std::move(values);
    return store;
  }
  make_folder(options.folder);
  const EmbeddingShape shape = {store.rows_, store.dimensions_, options.chunk_rows};
  EmbeddingFiles files(options.folder, key_of(embedder, prompt, texts), shape);
  store.reused_rows_ = make_missing(files, shape, embedder, prompt, texts, progress);
  store.file_ = files.finish();
  store.mapped_ = MappedFile::open(store.file_);
  const auto bytes =
      static_cast<size_t>(EmbeddingFiles::header_bytes()) + texts.size() * static_cast<size_t>(store.dimensions_) * sizeof(float);
  if (store.mapped_->bytes().size() != bytes)
    throw error(ErrorCode::kIo, "{}: {} bytes, expected {}: something else wrote to it", store.file_.string(),
                store.mapped_->bytes().size(), bytes);
  store.values_ = reinterpret_cast<const float*>(store.mapped_->bytes().data() + EmbeddingFiles::header_bytes());
  return store;
}

}  // namespace crossrank
