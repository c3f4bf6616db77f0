#include "torch/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/index_copy.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>
#include <torch/version.h>
#if TORCH_VERSION_MAJOR >= 2
#include <ATen/ops/scaled_dot_product_attention.h>
#endif

#include <cmath>
#include <limits>
#include <utility>
#include <variant>

namespace crossrank {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

int64_t hidden_of(const AttentionSpec& spec) { return int64_t{spec.num_heads} * spec.head_dim; }

// Rotary positions (Su et al. 2021), the two halves of a head as a pair, in f32 whatever x is. x [rows, hidden], positions [rows].
at::Tensor rotate(const at::Tensor& x, const at::Tensor& positions, const AttentionSpec& spec) {
  const int64_t half = spec.head_dim / 2;
  const at::TensorOptions f32 = x.options().dtype(at::kFloat);
  const at::Tensor exponents = at::arange(0, spec.head_dim, 2, f32) / static_cast<double>(spec.head_dim);
  const at::Tensor inverse_frequencies = at::pow(spec.rope_theta, exponents).reciprocal();                            // [half]
  const at::Tensor angles = (positions.to(at::kFloat).unsqueeze(1) * inverse_frequencies.unsqueeze(0)).unsqueeze(1);  // [rows, 1, half]
  const at::Tensor c = angles.cos(), s = angles.sin();
  const std::vector<at::Tensor> halves = x.to(at::kFloat).reshape({x.size(0), spec.num_heads, 2, half}).unbind(2);
  const at::Tensor rotated = at::cat({halves[0] * c - halves[1] * s, halves[1] * c + halves[0] * s}, 2);
  return rotated.reshape({x.size(0), hidden_of(spec)}).to(x.scalar_type());
}

struct Projections {
  at::Tensor q, k, v;
};

Projections rotated(const AttentionInput& input) {
  const int64_t hidden = hidden_of(input.spec);
  const std::vector<at::Tensor> parts = input.kv.split(hidden, 1);
  if (input.spec.rope_theta <= 0) return {input.q, parts[0], parts[1]};
  return {rotate(input.q, input.batch.query_positions(input.rows), input.spec), rotate(parts[0], input.batch.positions, input.spec),
          parts[1]};
}

// True where a query sees a key: [queries, keys] from the positions of both.
at::Tensor in_window(const at::Tensor& queries, const at::Tensor& keys, int window) {
  return (queries.unsqueeze(1) - keys.unsqueeze(0)).abs() <= window;
}

// [.., heads, queries, keys] from q [.., heads, queries, head_dim] and k [.., heads, keys, head_dim], before the softmax. One way for each
// alternative of RelativeScores.
struct Scores {
  const AttentionInput& input;
  const at::Tensor& q;
  const at::Tensor& k;
  std::vector<int> first_queries;  // position of the first query, of each sequence or of all

  at::Tensor operator()(const NoRelativeScores&) const { return products() * scale(1); }
  at::Tensor operator()(const DistanceBias& scores) const {
    const at::Tensor pairs = rows_of_pairs(scores);  // [first_queries, queries, keys]
    const at::Tensor biases = input.relative.bias->index_select(0, pairs.flatten());
    std::vector<int64_t> shape = pairs.sizes().vec();
    shape.push_back(input.spec.num_heads);
    const at::Tensor by_head = biases.reshape(shape).permute({0, 3, 1, 2});
    return products() * scale(1) + (q.dim() == 4 ? by_head : by_head.squeeze(0));
  }
  at::Tensor operator()(const DisentangledScores& scores) const {
    at::Tensor pairs = rows_of_pairs(scores);
    if (q.dim() == 4) pairs = pairs.unsqueeze(1);  // for every head
    std::vector<int64_t> shape = q.sizes().vec();
    shape.back() = k.size(-2);
    at::Tensor sum = products();
    if (input.relative.keys != nullptr) sum = sum + at::matmul(q, table(*input.relative.keys)).gather(-1, pairs.expand(shape));
    if (input.relative.queries != nullptr) {
      std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
      const at::Tensor by_key = at::matmul(k, table(*input.relative.queries));
      sum = sum + by_key.gather(-1, pairs.transpose(-1, -2).expand(shape)).transpose(-1, -2);
    }
    return sum * scale(scores.parts());
  }

 private:
  at::Tensor products() const { return at::matmul(q, k.transpose(-1, -2)); }
  double scale(int parts) const { return 1 / std::sqrt(static_cast<double>(input.spec.head_dim) * parts); }

  // The tables' row for each query and key: [first_queries, queries, keys].
  template <typename OfDistance>
  at::Tensor rows_of_pairs(const OfDistance& scores) const {
    const auto queries = static_cast<int>(q.size(-2)), keys = static_cast<int>(k.size(-2));
    std::vector<int32_t> rows;
    for (const int first : first_queries) {
      std::vector<int32_t> by_distance;  // from first - (keys - 1) on
      for (int distance = first - keys + 1; distance < first + queries; ++distance)
        by_distance.push_back(row_of_distance(scores, distance));
      for (int i = 0; i < queries; ++i) {
        for (int j = 0; j < keys; ++j) rows.push_back(by_distance[static_cast<size_t>(i - j + keys - 1)]);
      }
    }
    return indices_on_device(rows, q.device()).reshape({static_cast<int64_t>(first_queries.size()), queries, keys});
  }

  at::Tensor table(const at::Tensor& rows) const {  // [heads, head_dim, 2 * span]
    return rows.reshape({rows.size(0), input.spec.num_heads, input.spec.head_dim}).permute({1, 2, 0});
  }
};

}  // namespace

at::Tensor looped_attention(const AttentionInput& input) {
  const AttentionSpec& spec = input.spec;
  const Projections x = rotated(input);
  const std::vector<at::Tensor> k = x.k.split_with_sizes(input.batch.lengths), v = x.v.split_with_sizes(input.batch.lengths);
  const std::vector<at::Tensor> q = input.rows == QueryRows::kAll ? x.q.split_with_sizes(input.batch.lengths) : x.q.split(1);
  const auto heads = [&](const at::Tensor& rows) {  // [heads, rows, head_dim]
    return rows.reshape({rows.size(0), spec.num_heads, spec.head_dim}).transpose(0, 1);
  };
  std::vector<at::Tensor> outputs;
  for (size_t s = 0; s < k.size(); ++s) {
    const at::Tensor queries_of = heads(q[s]), keys_of = heads(k[s]);
    const int first_query = input.rows == QueryRows::kLast ? static_cast<int>(input.batch.lengths[s]) - 1 : 0;
    at::Tensor scores = std::visit(Scores{input, queries_of, keys_of, {first_query}}, spec.relative);  // [heads, queries, keys]
    if (spec.window > 0) {
      const int64_t length = input.batch.lengths[s], queries = q[s].size(0);
      const int64_t first = input.rows == QueryRows::kLast ? length - 1 : 0;
      const at::TensorOptions index = input.batch.positions.options();
      const at::Tensor seen = in_window(at::arange(first, first + queries, index), at::arange(length, index), spec.window);
      scores = scores.masked_fill(seen.logical_not(), kMinusInfinity);
    }
    const at::Tensor weights = at::dropout(at::softmax(scores, -1), input.dropout, input.dropout > 0);
    outputs.push_back(at::bmm(weights, heads(v[s])).transpose(0, 1).reshape({q[s].size(0), hidden_of(spec)}));
  }
  return at::cat(outputs, 0);
}

at::Tensor padded_attention(const AttentionInput& input) {
  const AttentionSpec& spec = input.spec;
  const BatchTensors& batch = input.batch;
  const int64_t sequences = batch.packed.sequences(), longest = batch.packed.max_seqlen, hidden = hidden_of(spec);
  const bool all = input.rows == QueryRows::kAll;
  const Projections x = rotated(input);
  const auto heads = [&](const at::Tensor& rows, int64_t length) {  // [sequences, heads, length, head_dim]
    return rows.reshape({sequences, length, spec.num_heads, spec.head_dim}).transpose(1, 2);
  };
  const auto padded = [&](const at::Tensor& rows) {  // [sequences, heads, longest, head_dim]
    return heads(at::index_copy(at::zeros({sequences * longest, hidden}, rows.options()), 0, batch.slots, rows), longest);
  };
  const at::Tensor q = all ? padded(x.q) : heads(x.q, 1), k = padded(x.k), v = padded(x.v);

  // [sequences, queries, keys]. A query of the padding sees every key: a row without any would be NaN, and spoil the gradients of keys.
  const at::Tensor places = at::arange(longest, batch.positions.options());
  const at::Tensor present = places.unsqueeze(0) < batch.lengths_on_device.unsqueeze(1);  // [sequences, longest]
  at::Tensor seen = present.unsqueeze(1);
  if (spec.window > 0) {
    seen = all ? seen.logical_and(in_window(places, places, spec.window).unsqueeze(0))
               : seen.logical_and(in_window(batch.query_positions(input.rows), places, spec.window).unsqueeze(1));
  }
  if (all) seen = seen.logical_or(present.logical_not().unsqueeze(2));
  seen = seen.unsqueeze(1);  // for every head

  std::vector<int> first_queries = {0};
  if (input.rows == QueryRows::kLast) {
    first_queries.clear();
    for (const int64_t length : batch.lengths) first_queries.push_back(static_cast<int>(length) - 1);
  }
  const auto composed = [&] {
    const at::Tensor scores = std::visit(Scores{input, q, k, first_queries}, spec.relative);
    const at::Tensor weights = at::softmax(scores.masked_fill(seen.logical_not(), kMinusInfinity), -1);
    return at::matmul(at::dropout(weights, input.dropout, input.dropout > 0), v);
  };
#if TORCH_VERSION_MAJOR >= 2
  const bool plain = std::holds_alternative<NoRelativeScores>(spec.relative);
  const at::Tensor out = plain ? at::scaled_dot_product_attention(q, k, v, seen, input.dropout) : composed();
#else
  const at::Tensor out = composed();
#endif
  const at::Tensor rows = out.transpose(1, 2).reshape({-1, hidden});
  return all ? rows.index_select(0, batch.slots) : rows;
}

}  // namespace crossrank
