// ModelWeights: a model's weights in an engine's own form, by place. Made once, from a ModelFolder.
#pragma once

#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "arch/model_folder.h"
#include "arch/spec.h"
#include "model/ops.h"

namespace crossrank {

/// Of DisentangledScores: the relative embeddings [2 * span, hidden], the same for every layer, and the layer's maps to its tables. Ops
/// that do not train have the tables instead, made once. Of DistanceBias: its table, the same for every layer too.
template <typename Ops>
struct RelativeWeights {
  std::optional<typename Ops::Tensor> embeddings;
  std::optional<typename Ops::Linear> to_keys, to_queries;
  std::optional<typename Ops::Tensor> keys, queries;
  std::optional<typename Ops::Tensor> bias;

  RelativeTables<typename Ops::Tensor> tables() const {
    const auto pointer = [](const auto& optional) { return optional ? &*optional : nullptr; };
    return {pointer(keys), pointer(queries), pointer(bias)};
  }
};

template <typename Ops>
struct LayerWeights {
  std::optional<typename Ops::Norm> attention_norm;
  // Fused, or apart in the layer that reads only some rows of q.
  std::optional<typename Ops::Linear> qkv, q, kv;
  RelativeWeights<Ops> relative;
  std::optional<typename Ops::Linear> attention_out;
  std::optional<typename Ops::Norm> mlp_norm;
  std::optional<typename Ops::Linear> mlp_in, mlp_out;
};

/// One entry a step of HeadSpec, of its kind.
template <typename Ops>
using HeadStepWeights = std::variant<std::monostate, typename Ops::Linear, typename Ops::Norm>;

template <typename Ops>
struct ModelWeights {
  std::optional<typename Ops::Embedding> word, position, type;
  std::optional<typename Ops::Norm> embedding_norm, final_norm;
  std::optional<typename Ops::Linear> embedding_projection;
  std::optional<typename Ops::Linear> convolution;
  std::optional<typename Ops::Norm> convolution_norm;
  std::vector<LayerWeights<Ops>> layers;
  std::vector<HeadStepWeights<Ops>> head;
};

/// Where an engine must know more of a projection than its weights: what linear() will be asked to do after the product.
struct LinearUse {
  bool gated = false;
  bool in_head = false;  // small, and nearest to the score
};

/// The relative embeddings, normalized where the model does so; nothing where no layer reads them.
template <typename Ops>
std::optional<typename Ops::Tensor> relative_embeddings(const Ops& ops, const ModelFolder& model) {
  bool read = false;
  for (const LayerSpec& layer : model.encoder.layers) read = read || std::holds_alternative<DisentangledScores>(layer.attention.relative);
  if (!read) return std::nullopt;
  auto embeddings = ops.make_tensor(model.weights(TensorRole::kRelativeEmbedding).weight);
  if (!model.encoder.relative_norm) return embeddings;
  return ops.norm(embeddings, ops.make_norm(model.weights(TensorRole::kRelativeNorm), model.encoder.norm_eps));
}

template <typename Ops>
RelativeWeights<Ops> make_relative_weights(const Ops& ops, const ModelFolder& model, int layer,
                                           const std::optional<typename Ops::Tensor>& embeddings) {
  RelativeWeights<Ops> weights;
  const RelativeScores& relative = model.encoder.layers[static_cast<size_t>(layer)].attention.relative;
  if (std::holds_alternative<DistanceBias>(relative)) weights.bias = ops.make_tensor(model.weights(TensorRole::kDistanceBias).weight);
  const auto* scores = std::get_if<DisentangledScores>(&relative);
  if (scores == nullptr) return weights;
  const int64_t hidden = model.encoder.hidden_size;
  const auto map = [&](TensorRole own, int64_t shared_row) {
    return ops.make_linear(
        scores->shares_maps ? model.weights(TensorRole::kQkv, layer).slice(shared_row, hidden) : model.weights(own, layer), {});
  };
  if (scores->content_to_position) weights.to_keys = map(TensorRole::kPositionKey, hidden);
  if (scores->position_to_content) weights.to_queries = map(TensorRole::kPositionQuery, 0);
  if constexpr (TrainingOps<Ops>) {
    weights.embeddings = embeddings;
  } else {
    if (weights.to_keys) weights.keys = ops.linear(*embeddings, *weights.to_keys, {});
    if (weights.to_queries) weights.queries = ops.linear(*embeddings, *weights.to_queries, {});
    weights.to_keys.reset();
    weights.to_queries.reset();
  }
  return weights;
}

/// Asks `ops` for its own form of every weight: make_embedding(WeightSource), make_tensor(WeightSource), make_norm(LinearSource, eps),
/// make_linear(LinearSource, LinearUse).
template <typename Ops>
ModelWeights<Ops> make_weights(const Ops& ops, const ModelFolder& model) {
  using Role = TensorRole;
  const EncoderSpec& encoder = model.encoder;
  const auto norm = [&](Role role, int layer, float eps) { return ops.make_norm(model.weights(role, layer), eps); };
  const auto linear = [&](Role role, int layer, LinearUse use = {}) { return ops.make_linear(model.weights(role, layer), use); };

  ModelWeights<Ops> weights;
  weights.word = ops.make_embedding(model.weights(Role::kWordEmbedding).weight);
  if (encoder.learned_positions) weights.position = ops.make_embedding(model.weights(Role::kPositionEmbedding).weight);
  if (encoder.type_vocab_size > 0) weights.type = ops.make_embedding(model.weights(Role::kTypeEmbedding).weight);
  if (encoder.embedding_norm) weights.embedding_norm = norm(Role::kEmbeddingNorm, -1, encoder.norm_eps);
  if (encoder.final_norm) weights.final_norm = norm(Role::kFinalNorm, -1, encoder.norm_eps);

  if (encoder.embedding_projection != EmbeddingProjection::kNone) weights.embedding_projection = linear(Role::kEmbeddingProjection, -1);
  if (encoder.convolution) {
    weights.convolution = linear(Role::kConvolution, -1);
    weights.convolution_norm = norm(Role::kConvolutionNorm, -1, encoder.norm_eps);
  }

  const auto relative = relative_embeddings(ops, model);
  for (int i = 0; i < static_cast<int>(encoder.layers.size()); ++i) {
    const LayerSpec& spec = encoder.layers[i];
    LayerWeights<Ops>& layer = weights.layers.emplace_back();
    if (spec.attention_norm) layer.attention_norm = norm(Role::kAttentionNorm, i, encoder.norm_eps);
    const bool last = i + 1 == static_cast<int>(encoder.layers.size());
    if (last && rows_read(model.head) != QueryRows::kAll) {
      const LinearSource qkv = model.weights(Role::kQkv, i);
      layer.q = ops.make_linear(qkv.slice(0, encoder.hidden_size), {});
      layer.kv = ops.make_linear(qkv.slice(encoder.hidden_size, int64_t{2} * encoder.hidden_size), {});
    } else {
      layer.qkv = linear(Role::kQkv, i);
    }
    layer.relative = make_relative_weights(ops, model, i, relative);
    layer.attention_out = linear(Role::kAttentionOut, i);
    layer.mlp_norm = norm(Role::kMlpNorm, i, encoder.norm_eps);
    layer.mlp_in = linear(Role::kMlpIn, i, {.gated = spec.gated});
    layer.mlp_out = linear(Role::kMlpOut, i);
  }

  for (int i = 0; i < static_cast<int>(model.head.steps.size()); ++i) {
    HeadStepWeights<Ops>& step = weights.head.emplace_back();
    if (std::holds_alternative<LinearStep>(model.head.steps[i])) step = linear(Role::kHead, i, {.in_head = true});
    if (const auto* spec = std::get_if<NormStep>(&model.head.steps[i])) step = norm(Role::kHead, i, spec->eps);
  }
  return weights;
}

}  // namespace crossrank
