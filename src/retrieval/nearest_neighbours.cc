#include "retrieval/nearest_neighbours.h"

#include <faiss/utils/distances.h>

#include <algorithm>
#include <numeric>

#include "base/cpu_budget.h"
#include "base/error.h"
#include "base/thread_team.h"
#include "cpu/blas.h"

namespace crossrank {
namespace {

// What FAISS finds for a block of queries, [queries, k].
struct Block {
  std::vector<float> scores;
  std::vector<int64_t> indices;
};

// Summed in one order wherever the two lie. A block's matrix product may sum its last columns in another order than the others (oneDNN's
// does without AVX-512), and then equal vectors would have scores that differ in the last bit.
float inner_product(const float* a, const float* b, size_t dimensions) {
  constexpr size_t kLanes = 16;
  float sums[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= dimensions; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (size_t lane = 0; i < dimensions; ++i, ++lane) sums[lane] += a[i] * b[i];
  for (size_t width = kLanes / 2; width > 0; width /= 2) {
    for (size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
  }
  return sums[0];
}

// FAISS leaves equal scores in the order of its heap; here they stand in the corpus's, so that one corpus has one answer.
void copy_row(std::span<const float> scores, std::span<const int64_t> indices, std::vector<int>& order, std::span<float> out_scores,
              std::span<int32_t> out_indices) {
  order.resize(scores.size());
  std::iota(order.begin(), order.end(), 0);
  const auto found = std::remove_if(order.begin(), order.end(), [&](int at) { return indices[static_cast<size_t>(at)] < 0; });
  std::sort(order.begin(), found, [&](int left, int right) {
    const auto l = static_cast<size_t>(left), r = static_cast<size_t>(right);
    return scores[l] != scores[r] ? scores[l] > scores[r] : indices[l] < indices[r];
  });
  size_t column = 0;
  for (auto at = order.begin(); at != found; ++at, ++column) {
    out_scores[column] = scores[static_cast<size_t>(*at)];
    out_indices[column] = static_cast<int32_t>(indices[static_cast<size_t>(*at)]);
  }
}

void search(const EmbeddingView& queries, const EmbeddingView& corpus, const NearestNeighboursOptions& options, const Progress& progress,
            Candidates& found) {
  const auto k = static_cast<size_t>(options.k);
  const auto dimensions = static_cast<size_t>(corpus.dimensions);
  const int64_t block_rows = std::clamp<int64_t>(options.query_block, 1, std::max<int64_t>(queries.rows(), 1));
  Block block{std::vector<float>(static_cast<size_t>(block_rows) * k), std::vector<int64_t>(static_cast<size_t>(block_rows) * k)};
  std::vector<int> order;
  for (int64_t first = 0; first < queries.rows(); first += block_rows) {
    const int64_t rows = std::min(block_rows, queries.rows() - first);
    faiss::knn_inner_product(queries.values.data() + first * corpus.dimensions, corpus.values.data(), dimensions, static_cast<size_t>(rows),
                             static_cast<size_t>(corpus.rows()), k, block.scores.data(), block.indices.data());
    for (int64_t row = 0; row < rows; ++row) {
      const size_t at = static_cast<size_t>(row) * k;
      const float* query = queries.values.data() + (first + row) * corpus.dimensions;
      for (size_t i = at; i < at + k; ++i) {
        const int64_t index = block.indices[i];
        if (index >= 0) block.scores[i] = inner_product(query, corpus.values.data() + index * corpus.dimensions, dimensions);
      }
      copy_row({block.scores.data() + at, k}, {block.indices.data() + at, k}, order, found.scores_of(first + row),
               found.indices_of(first + row));
    }
    if (progress) progress(first + rows, queries.rows());
  }
}

}  // namespace

Candidates nearest_neighbours(const EmbeddingView& queries, const EmbeddingView& corpus, const NearestNeighboursOptions& options,
                              const Progress& progress) {
  if (queries.dimensions != corpus.dimensions || corpus.dimensions <= 0) {
    throw error(ErrorCode::kUsage, "embeddings of the queries have {} dimensions and those of the corpus {}; embed both with one model",
                queries.dimensions, corpus.dimensions);
  }
  if (options.k < 1) throw error(ErrorCode::kUsage, "nearest neighbours: {} are asked for; ask for 1 at least", options.k);
  Candidates found(queries.rows(), options.k);
  // A thread of its own, so that the number of OpenMP threads is set for this search and not for the caller.
  const int threads = options.threads > 0 ? options.threads : available_cpus();
  ThreadTeam caller(1, [threads](int) { use_onednn_as_blas(threads); });
  caller.run([&](int) { search(queries, corpus, options, progress, found); });
  return found;
}

}  // namespace crossrank
