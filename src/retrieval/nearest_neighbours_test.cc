#include "retrieval/nearest_neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "crossrank/error.h"

namespace crossrank {
namespace {

struct Matrix {
  Matrix(int64_t rows, int dimensions, unsigned seed) : columns(dimensions), values(static_cast<size_t>(rows * dimensions)) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    for (float& value : values) value = normal(generator);
  }
  EmbeddingView view() const { return {values, columns}; }

  int columns;
  std::vector<float> values;
};

double inner_product(std::span<const float> a, std::span<const float> b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

// Every score is the inner product of its document, rows fall, and nothing outside a row is better than its last.
void expect_exact(const Matrix& queries, const Matrix& corpus, const NearestNeighboursOptions& options) {
  const Candidates found = nearest_neighbours(queries.view(), corpus.view(), options);
  constexpr double kRounding = 1e-3;  // of sums of a few hundred products of normal values in float
  for (int64_t query = 0; query < found.queries; ++query) {
    std::vector<double> all;
    for (int64_t row = 0; row < corpus.view().rows(); ++row)
      all.push_back(inner_product(queries.view().row(query), corpus.view().row(row)));
    std::vector<double> best = all;
    std::sort(best.rbegin(), best.rend());
    std::vector<int32_t> seen;
    for (int column = 0; column < options.k; ++column) {
      const int32_t index = found.indices_of(query)[static_cast<size_t>(column)];
      const float score = found.scores_of(query)[static_cast<size_t>(column)];
      if (column >= static_cast<int>(all.size())) {
        EXPECT_EQ(index, kNoDocument);
        EXPECT_EQ(score, kNoScore);
        continue;
      }
      ASSERT_GE(index, 0);
      EXPECT_NEAR(score, all[static_cast<size_t>(index)], kRounding);
      EXPECT_NEAR(score, best[static_cast<size_t>(column)], kRounding);
      seen.push_back(index);
    }
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
  }
}

TEST(NearestNeighbours, finds_the_largest_inner_products_exactly) {
  expect_exact(Matrix(70, 48, 1), Matrix(3000, 48, 2), {.k = 12, .query_block = 32, .threads = 2});
}

TEST(NearestNeighbours, is_exact_for_one_query_and_for_hundreds_of_neighbours) {
  expect_exact(Matrix(1, 7, 3), Matrix(500, 7, 4), {.k = 1, .threads = 1});
  expect_exact(Matrix(40, 7, 5), Matrix(700, 7, 6), {.k = 300, .threads = 2});
}

TEST(NearestNeighbours, fills_up_where_the_corpus_is_smaller_than_k) {
  expect_exact(Matrix(25, 16, 7), Matrix(4, 16, 8), {.k = 9, .threads = 1});
  expect_exact(Matrix(3, 16, 7), Matrix(1, 16, 8), {.k = 9, .threads = 1});
}

TEST(NearestNeighbours, leaves_equal_scores_in_the_order_of_the_corpus) {
  const Matrix queries(30, 8, 9);
  const Matrix one(1, 8, 10);
  Matrix corpus(50, 8, 11);
  for (size_t i = 0; i < corpus.values.size(); ++i) corpus.values[i] = one.values[i % 8];
  const Candidates found = nearest_neighbours(queries.view(), corpus.view(), {.k = 50, .threads = 2});
  for (int64_t query = 0; query < found.queries; ++query) {
    const auto indices = found.indices_of(query);
    EXPECT_TRUE(std::is_sorted(indices.begin(), indices.end()));
  }
}

TEST(NearestNeighbours, does_not_depend_on_the_size_of_the_blocks) {
  const Matrix queries(100, 24, 12), corpus(900, 24, 13);
  const Candidates whole = nearest_neighbours(queries.view(), corpus.view(), {.k = 6, .threads = 2});
  const Candidates parts = nearest_neighbours(queries.view(), corpus.view(), {.k = 6, .query_block = 25, .threads = 1});
  EXPECT_EQ(whole.indices, parts.indices);
}

TEST(NearestNeighbours, says_its_progress_in_queries) {
  std::vector<int64_t> said;
  const Matrix queries(50, 4, 14), corpus(9, 4, 15);
  nearest_neighbours(queries.view(), corpus.view(), {.k = 2, .query_block = 20, .threads = 1}, [&](int64_t done, int64_t total) {
    EXPECT_EQ(total, 50);
    said.push_back(done);
  });
  EXPECT_EQ(said, (std::vector<int64_t>{20, 40, 50}));
}

TEST(NearestNeighbours, refuses_embeddings_of_different_models) {
  EXPECT_THROW(nearest_neighbours(Matrix(2, 4, 1).view(), Matrix(2, 8, 1).view(), {.k = 1}), Error);
  EXPECT_THROW(nearest_neighbours(Matrix(2, 4, 1).view(), Matrix(2, 4, 1).view(), {.k = 0}), Error);
}

TEST(NearestNeighbours, of_no_query_is_nothing) {
  const Matrix corpus(3, 4, 1);
  EXPECT_EQ(nearest_neighbours({{}, 4}, corpus.view(), {.k = 2, .threads = 1}).queries, 0);
}

}  // namespace
}  // namespace crossrank
