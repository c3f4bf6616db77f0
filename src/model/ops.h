// EncoderOps: the operations that an engine writes. Everything else (which, in what order, on what weights) is written once, in
// forward.h and weights.h. Operations are coarse, so that an engine may fuse: CpuOps runs a norm, a product and an activation
// on a block of rows while it is in cache, where ReferenceOps does one after the other.
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>
#include <vector>

#include "arch/model_folder.h"
#include "arch/spec.h"
#include "text/packed_batch.h"

namespace crossrank {

/// What an engine's linear() does around the product: out = norm_after(residual + dropout(gate(activation(norm_before(x) W^T + b)))).
/// `dropout_before_activation` is another, of the product.
/// Pointers are null where the step is absent. `gated` halves the columns: activation(first half) * second half. Dropout is for
/// ops that train; the others take no notice of it. What only products and attention read is an `operand`: an engine may keep it in the
/// precision of theirs.
template <typename Norm, typename Tensor>
struct LinearFusion {
  const Norm* norm_before = nullptr;
  double dropout_before_activation = 0;
  ActivationKind activation = ActivationKind::kIdentity;
  bool gated = false;
  double dropout = 0;
  const Tensor* residual = nullptr;
  const Norm* norm_after = nullptr;
  bool operand = false;
};

/// The embeddings of a model; position, type and norm are null where it has none.
template <typename Embedding, typename Norm>
struct EmbeddingTables {
  const Embedding* word = nullptr;
  const Embedding* position = nullptr;
  const std::vector<int32_t>* positions = nullptr;  // [tokens]: rows of `position`; the batch's own position_ids, or others
  const Embedding* type = nullptr;
  const Norm* norm = nullptr;
  int padding_row = -1;  // of `word` and `position`: ops that train give it no gradient, as in the reference; -1: none
};

/// What AttentionSpec::relative reads beside queries and keys: K and Q [2 * span, hidden] of DisentangledScores, B [rows, num_heads] of
/// DistanceBias. Null where the scores have no such part.
template <typename Tensor>
struct RelativeTables {
  const Tensor* keys = nullptr;
  const Tensor* queries = nullptr;
  const Tensor* bias = nullptr;
};

// A Tensor is a matrix of floats [rows, columns], by value or by handle; operations make new ones.
template <typename Ops>
concept EncoderOps = requires(const Ops& ops, const PackedBatch& batch, const typename Ops::Tensor& x, const typename Ops::Linear& linear,
                              const typename Ops::Norm& norm, const LinearFusion<typename Ops::Norm, typename Ops::Tensor>& fusion,
                              const EmbeddingTables<typename Ops::Embedding, typename Ops::Norm>& tables, const AttentionSpec& attention,
                              const RelativeTables<typename Ops::Tensor>& relative) {
  // Sum of the tables' rows, normalized: [tokens, columns of the tables].
  { ops.embed(batch, tables) } -> std::same_as<typename Ops::Tensor>;
  { ops.norm(x, norm) } -> std::same_as<typename Ops::Tensor>;
  { ops.linear(x, linear, fusion) } -> std::same_as<typename Ops::Tensor>;
  // Columns [first, first + count) of x, as a view where the engine can.
  { ops.columns(x, 0, 0) } -> std::same_as<typename Ops::Tensor>;
  // The first columns of x, as many as said, and the others, likewise; the gradient is made once, of both.
  { ops.split(x, 0) } -> std::same_as<std::pair<typename Ops::Tensor, typename Ops::Tensor>>;
  // One row a sequence: its first or last token.
  { ops.rows(x, batch, QueryRows::kFirst) } -> std::same_as<typename Ops::Tensor>;
  // softmax(rope(q) rope(k)^T / sqrt(head_dim)) v within each sequence, with what AttentionSpec::relative adds to the scores. q [tokens,
  // hidden], or [sequences, hidden] of the one row named by QueryRows; kv [tokens, 2 * hidden], keys then values. As many rows as q. All
  // three are operands.
  { ops.attention(x, x, batch, attention, relative, QueryRows::kAll) } -> std::same_as<typename Ops::Tensor>;
  // [tokens, columns * kernel]: of every column the values of the `kernel` tokens around each, side by side; zeros past the ends of its
  // sequence. What a convolution's matrix [out, columns, kernel], read as [out, columns * kernel], is multiplied with.
  { ops.neighbours(x, batch, 3) } -> std::same_as<typename Ops::Tensor>;
  // [tokens, hidden] -> [sequences, hidden].
  { ops.pool(x, batch, Pooling::kMean) } -> std::same_as<typename Ops::Tensor>;
  // Side by side: [rows, a + b].
  { ops.concatenate(x, x) } -> std::same_as<typename Ops::Tensor>;
  // Each row divided by its length.
  { ops.unit_length(x) } -> std::same_as<typename Ops::Tensor>;
};

/// Ops that train: dropout is also a step of its own, where no operation above takes it, and every layer is run through
/// `layer(weights, x, function)`, which may keep x alone and run the function again on the way back.
template <typename Ops>
concept TrainingOps = EncoderOps<Ops> && requires(const Ops& ops, const typename Ops::Tensor& x) {
  { ops.dropout(x, 0.1) } -> std::same_as<typename Ops::Tensor>;
};

}  // namespace crossrank
