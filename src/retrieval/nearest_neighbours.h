// nearest_neighbours: the documents whose embeddings have the largest inner product with each query's, exactly, by FAISS.
#pragma once

#include <cstdint>
#include <span>

#include "crossrank/reranker.h"
#include "retrieval/candidates.h"

namespace crossrank {

/// Row-major [rows, dimensions], anywhere: in memory or in a mapped file. Kept alive by the caller.
struct EmbeddingView {
  std::span<const float> values;
  int dimensions = 0;

  int64_t rows() const { return dimensions > 0 ? static_cast<int64_t>(values.size()) / dimensions : 0; }
  std::span<const float> row(int64_t index) const {
    return values.subspan(static_cast<size_t>(index * dimensions), static_cast<size_t>(dimensions));
  }
};

struct NearestNeighboursOptions {
  int k = 10;
  int query_block = 4096;  // queries searched at once: how often progress is said
  int threads = 0;         // 0: what the cgroup quota and the affinity mask allow
};

/// The k best documents of each query. Beyond the two matrices and the result it needs some 20 MB and 12 * query_block * k bytes, whatever
/// their sizes. Progress counts queries. Error(kUsage) where the dimensions differ or k is not positive.
Candidates nearest_neighbours(const EmbeddingView& queries, const EmbeddingView& corpus, const NearestNeighboursOptions& options,
                              const Progress& progress = {});

}  // namespace crossrank
