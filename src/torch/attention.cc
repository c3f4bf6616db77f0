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

}  // namespace

at::Tensor looped_attention(const AttentionInput& input) {
  const AttentionSpec& spec = input.spec;
  const Projections x = rotated(input);
  const std::vector<at::Tensor> k = x.k.split_with_sizes(input.batch.lengths), v = x.v.split_with_sizes(input.batch.lengths);
  const std::vector<at::Tensor> q = input.rows == QueryRows::kAll ? x.q.split_with_sizes(input.batch.lengths) : x.q.split(1);
  const auto heads = [&](const at::Tensor& rows) {  // [heads, rows, head_dim]
    return rows.reshape({rows.size(0), spec.num_heads, spec.head_dim}).transpose(0, 1);
  };
  const double scale = 1 / std::sqrt(static_cast<double>(spec.head_dim));
  std::vector<at::Tensor> outputs;
  for (size_t s = 0; s < k.size(); ++s) {
    at::Tensor scores = at::bmm(heads(q[s]), heads(k[s]).transpose(1, 2)) * scale;  // [heads, queries, keys]
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

#if TORCH_VERSION_MAJOR >= 2
  const at::Tensor out = at::scaled_dot_product_attention(q, k, v, seen, input.dropout);
#else
  const at::Tensor scores = at::matmul(q, k.transpose(2, 3)) * (1 / std::sqrt(static_cast<double>(spec.head_dim)));
  const at::Tensor weights = at::softmax(scores.masked_fill(seen.logical_not(), kMinusInfinity), -1);
  const at::Tensor out = at::matmul(at::dropout(weights, input.dropout, input.dropout > 0), v);
#endif
  const at::Tensor rows = out.transpose(1, 2).reshape({-1, hidden});
  return all ? rows.index_select(0, batch.slots) : rows;
}

}  // namespace crossrank
