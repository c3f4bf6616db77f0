// forward: the order of operations of every model, written once for every engine. tokens -> encoder -> head -> outputs.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "arch/spec.h"
#include "model/ops.h"
#include "model/weights.h"
#include "text/packed_batch.h"

namespace crossrank {

// Zeros in training; nothing, at no cost, for ops that do not train.
template <EncoderOps Ops>
typename Ops::Tensor dropout(const Ops& ops, typename Ops::Tensor x, double probability) {
  if constexpr (TrainingOps<Ops>) return ops.dropout(x, probability);
  (void)ops, (void)probability;
  return x;
}

/// Sum of the embeddings, normalized and projected to [tokens, hidden].
template <EncoderOps Ops>
typename Ops::Tensor embed(const Ops& ops, const EncoderSpec& spec, const ModelWeights<Ops>& w, const PackedBatch& batch) {
  const auto table = [](const auto& optional) { return optional ? &*optional : nullptr; };
  const bool norm_last = spec.embedding_projection == EmbeddingProjection::kBeforeNorm;
  const std::vector<int32_t> counted = spec.padding_id ? positions_past_padding(batch, *spec.padding_id) : std::vector<int32_t>();
  auto x = ops.embed(batch, {.word = table(w.word),
                             .position = table(w.position),
                             .positions = spec.padding_id ? &counted : &batch.position_ids,
                             .type = table(w.type),
                             .norm = norm_last ? nullptr : table(w.embedding_norm),
                             .padding_row = spec.padding_id.value_or(-1)});
  switch (spec.embedding_projection) {
    case EmbeddingProjection::kNone:
      break;
    case EmbeddingProjection::kBeforeNorm:
      x = ops.linear(x, *w.embedding_projection, {.norm_after = table(w.embedding_norm)});
      break;
    case EmbeddingProjection::kAfterNorm:
      return ops.linear(dropout(ops, std::move(x), spec.embedding_dropout), *w.embedding_projection, {});
  }
  return dropout(ops, std::move(x), spec.embedding_dropout);
}

/// attention(q, kv) with the layer's tables of relative positions, where it has some. Ops that train read shared ones through a view, so
/// that the gradients of a layer are summed before those of others, as they are where it is run again on the way back.
template <EncoderOps Ops>
typename Ops::Tensor attend(const Ops& ops, const LayerSpec& spec, const RelativeWeights<Ops>& w, const PackedBatch& batch,
                            const typename Ops::Tensor& q, const typename Ops::Tensor& kv, QueryRows rows) {
  using Tensor = typename Ops::Tensor;
  if constexpr (TrainingOps<Ops>) {
    if (w.bias) {
      const Tensor bias = ops.columns(*w.bias, 0, spec.attention.num_heads);
      return ops.attention(q, kv, batch, spec.attention, {.bias = &bias}, rows);
    }
    if (w.embeddings) {
      const int hidden = spec.attention.num_heads * spec.attention.head_dim;
      const Tensor embeddings = ops.dropout(ops.columns(*w.embeddings, 0, hidden), spec.relative_dropout);
      std::optional<Tensor> keys, queries;
      if (w.to_keys) keys = ops.linear(embeddings, *w.to_keys, {});
      if (w.to_queries) queries = ops.linear(embeddings, *w.to_queries, {});
      return ops.attention(q, kv, batch, spec.attention, {.keys = keys ? &*keys : nullptr, .queries = queries ? &*queries : nullptr}, rows);
    }
  }
  return ops.attention(q, kv, batch, spec.attention, w.tables(), rows);
}

/// The norm of a layer's attention, where it is before it.
template <EncoderOps Ops>
const typename Ops::Norm* norm_before_attention(const LayerSpec& spec, const LayerWeights<Ops>& w) {
  return spec.norm_placement == NormPlacement::kPre && w.attention_norm ? &*w.attention_norm : nullptr;
}

/// Queries, keys and values of a layer's input x [tokens, hidden], side by side: [tokens, 3 * hidden], an operand.
template <EncoderOps Ops>
typename Ops::Tensor queries_keys_values(const Ops& ops, const LayerSpec& spec, const LayerWeights<Ops>& w, const typename Ops::Tensor& x) {
  return ops.linear(x, *w.qkv, {.norm_before = norm_before_attention<Ops>(spec, w), .operand = true});
}

/// One encoder layer, x [tokens, hidden]. With QueryRows::kFirst or kLast (the last layer, where the head reads one row of a sequence)
/// only those rows are computed past the keys and values: [sequences, hidden]. `known_qkv` is what queries_keys_values() gives, where
/// it is known; it is read with QueryRows::kAll alone.
template <EncoderOps Ops>
typename Ops::Tensor encoder_layer(const Ops& ops, const LayerSpec& spec, const LayerWeights<Ops>& w, const PackedBatch& batch,
                                   typename Ops::Tensor x, QueryRows rows, std::optional<typename Ops::Tensor> known_qkv = {}) {
  using Tensor = typename Ops::Tensor;
  const bool pre = spec.norm_placement == NormPlacement::kPre;
  const auto* norm_after_attention = pre || !w.attention_norm ? nullptr : &*w.attention_norm;
  const int hidden = spec.attention.num_heads * spec.attention.head_dim;

  Tensor attended = [&] {
    if (rows == QueryRows::kAll) {
      const Tensor qkv = known_qkv ? *std::exchange(known_qkv, {}) : queries_keys_values(ops, spec, w, x);
      const auto [q, kv] = ops.split(qkv, hidden);
      return attend(ops, spec, w.relative, batch, q, kv, rows);
    }
    const auto* norm = norm_before_attention<Ops>(spec, w);
    const Tensor kv = ops.linear(x, *w.kv, {.norm_before = norm, .operand = true});  // [tokens, 2 * hidden]
    x = ops.rows(x, batch, rows);                                                    // [sequences, hidden] from here on
    return attend(ops, spec, w.relative, batch, ops.linear(x, *w.q, {.norm_before = norm, .operand = true}), kv, rows);
  }();
  x = ops.linear(attended, *w.attention_out, {.dropout = spec.attention_out_dropout, .residual = &x, .norm_after = norm_after_attention});

  const Tensor inner = ops.linear(x, *w.mlp_in,
                                  {.norm_before = pre ? &*w.mlp_norm : nullptr,  // [tokens, intermediate]
                                   .activation = spec.activation,
                                   .gated = spec.gated,
                                   .dropout = spec.mlp_in_dropout,
                                   .operand = true});
  return ops.linear(inner, *w.mlp_out, {.dropout = spec.mlp_out_dropout, .residual = &x, .norm_after = pre ? nullptr : &*w.mlp_norm});
}

/// The first layer's outputs `x` (rows as `rows` says) with the convolution of the embeddings: norm(x + activation(conv(embeddings))).
template <EncoderOps Ops>
typename Ops::Tensor add_convolution(const Ops& ops, const ConvolutionSpec& spec, const ModelWeights<Ops>& w, const PackedBatch& batch,
                                     const typename Ops::Tensor& embeddings, const typename Ops::Tensor& x, QueryRows rows) {
  auto around = ops.neighbours(embeddings, batch, spec.kernel);
  if (rows != QueryRows::kAll) around = ops.rows(around, batch, rows);
  return ops.linear(
      around, *w.convolution,
      {.dropout_before_activation = spec.dropout, .activation = spec.activation, .residual = &x, .norm_after = &*w.convolution_norm});
}

/// Whether queries, keys and values of the first layer depend on nothing but each token's id, so that they are equal wherever it stands.
template <EncoderOps Ops>
bool first_layer_reads_ids_alone(const ModelWeights<Ops>& w) {
  return !w.position && !w.type && w.layers.front().qkv;
}

/// The encoder's last hidden states: [tokens, hidden], or [sequences, hidden] of the rows that the head reads. `first_qkv`: queries, keys
/// and values of the first layer, where an engine has them already.
template <EncoderOps Ops>
typename Ops::Tensor encode(const Ops& ops, const EncoderSpec& spec, const ModelWeights<Ops>& w, const PackedBatch& batch, QueryRows rows,
                            std::optional<typename Ops::Tensor> first_qkv = {}) {
  auto x = embed(ops, spec, w, batch);
  std::optional<typename Ops::Tensor> embeddings;
  if (spec.convolution) {
    embeddings = x;
    x = ops.columns(x, 0, spec.hidden_size);  // a view: gradients of the layer are summed before they meet the convolution's
  }
  for (size_t i = 0; i < spec.layers.size(); ++i) {
    const QueryRows queries = i + 1 == spec.layers.size() ? rows : QueryRows::kAll;
    if constexpr (TrainingOps<Ops>) {
      // By value: ops that train may run it again on the way back.
      x = ops.layer(w.layers[i], x,
                    [layer = spec.layers[i], queries](const Ops& o, const LayerWeights<Ops>& weights, const PackedBatch& packed,
                                                      const typename Ops::Tensor& input) {
                      return encoder_layer(o, layer, weights, packed, input, queries);
                    });
    } else {
      x = encoder_layer(ops, spec.layers[i], w.layers[i], batch, std::move(x), queries, std::exchange(first_qkv, {}));
    }
    if (i == 0 && spec.convolution) x = add_convolution(ops, *spec.convolution, w, batch, *embeddings, x, queries);
    embeddings.reset();
  }
  if (w.final_norm) x = ops.norm(x, *w.final_norm);
  return x;
}

/// Pooled vectors through the head's steps: [sequences, num_outputs].
template <EncoderOps Ops>
typename Ops::Tensor apply_head(const Ops& ops, const HeadSpec& spec, const ModelWeights<Ops>& w, const PackedBatch& batch,
                                typename Ops::Tensor x) {
  if (rows_read(spec) == QueryRows::kAll) {
    auto pooled = ops.pool(x, batch, spec.pooling.front());
    for (size_t i = 1; i < spec.pooling.size(); ++i) pooled = ops.concatenate(pooled, ops.pool(x, batch, spec.pooling[i]));
    x = std::move(pooled);
  }
  for (size_t i = 0; i < spec.steps.size(); ++i) {
    if (const auto* linear = std::get_if<LinearStep>(&spec.steps[i])) {
      x = ops.linear(x, std::get<typename Ops::Linear>(w.head[i]),
                     {.activation = linear->activation, .residual = linear->residual ? &x : nullptr});
    } else if (std::holds_alternative<NormStep>(spec.steps[i])) {
      x = ops.norm(x, std::get<typename Ops::Norm>(w.head[i]));
    } else if (const auto* drop = std::get_if<DropoutStep>(&spec.steps[i])) {
      x = dropout(ops, std::move(x), drop->probability);
    } else {
      x = ops.unit_length(x);
    }
  }
  return x;
}

/// One row of outputs a sequence, in the batch's order: logits of a cross-encoder, embedding of a bi-encoder. `first_qkv` as in encode().
template <EncoderOps Ops>
typename Ops::Tensor forward(const Ops& ops, const EncoderSpec& encoder, const HeadSpec& head, const ModelWeights<Ops>& w,
                             const PackedBatch& batch, std::optional<typename Ops::Tensor> first_qkv = {}) {
  return apply_head(ops, head, w, batch, encode(ops, encoder, w, batch, rows_read(head), std::move(first_qkv)));
}

}  // namespace crossrank
