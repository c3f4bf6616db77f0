// DistilBERT: BERT's layers under names of their own, no segments, a ReLU map before the classifier.
// Source: Sanh et al. 2019; names and defaults as Transformers' DistilBertConfig and DistilBertForSequenceClassification have them.
#include "arch/architectures.h"
#include "arch/config_fields.h"
#include "base/error.h"

namespace crossrank {
namespace {

constexpr float kNormEps = 1e-12f;  // which no field changes

// A size under DistilBERT's name, else under the one that Transformers also takes.
int either_size(const JsonObject& config, std::string_view name, std::string_view common_name, int high, int fallback) {
  return size_field(config, config.has(name) || !config.has(common_name) ? name : common_name, high, fallback);
}

EncoderSpec encoder(const JsonObject& config) {
  EncoderSpec spec;
  spec.model_type = "distilbert";
  spec.vocab_size = size_field(config, "vocab_size", kMaxRows, 30522);
  spec.max_positions = size_field(config, "max_position_embeddings", kMaxRows, 512);
  spec.learned_positions = true;  // sinusoidal ones are stored like them
  spec.hidden_size = either_size(config, "dim", "hidden_size", kMaxWidth, 768);
  spec.embedding_size = spec.hidden_size;
  spec.intermediate_size = size_field(config, "hidden_dim", kMaxWidth, 3072);
  spec.norm_eps = kNormEps;
  spec.embedding_dropout = dropout_field(config, "dropout", 0.1);

  LayerSpec layer;
  layer.norm_placement = NormPlacement::kPost;
  const char* heads = config.has("n_heads") || !config.has("num_attention_heads") ? "n_heads" : "num_attention_heads";
  layer.attention = attention_fields(config, spec.hidden_size, 12, heads);
  layer.attention.dropout = dropout_field(config, "attention_dropout", 0.1);
  layer.mlp_out_dropout = spec.embedding_dropout;  // what attention gives is not dropped
  layer.activation = activation_field(config, "activation", "gelu");
  spec.layers.assign(static_cast<size_t>(either_size(config, "n_layers", "num_hidden_layers", kMaxLayers, 6)), layer);
  return spec;
}

HeadSpec classification_head(const JsonObject& config, const EncoderSpec& encoder, int num_labels) {
  const LinearStep dense = {encoder.hidden_size, encoder.hidden_size, ActivationKind::kRelu, false};
  const LinearStep out = {encoder.hidden_size, num_labels, ActivationKind::kIdentity, false};
  const DropoutStep dropout = {dropout_field(config, "seq_classif_dropout", 0.2)};
  return {{Pooling::kCls}, {dense, dropout, out}, num_labels};
}

TensorTable tensors(const JsonObject&, const EncoderSpec& spec, const HeadSpec* head, const std::string& prefix) {
  using Role = TensorRole;
  const int64_t hidden = spec.hidden_size, intermediate = spec.intermediate_size;
  TensorTable table;
  table.rows.push_back({prefix + "embeddings.word_embeddings.weight", {spec.vocab_size, hidden}, Role::kWordEmbedding});
  table.rows.push_back({prefix + "embeddings.position_embeddings.weight", {spec.max_positions, hidden}, Role::kPositionEmbedding});
  table.add_norm(prefix + "embeddings.LayerNorm", hidden, true, Role::kEmbeddingNorm, -1);
  for (int i = 0; i < static_cast<int>(spec.layers.size()); ++i) {
    const std::string layer = fmt::format("{}transformer.layer.{}.", prefix, i);
    table.add_linear(layer + "attention.q_lin", hidden, hidden, true, Role::kQkv, i, 0);
    table.add_linear(layer + "attention.k_lin", hidden, hidden, true, Role::kQkv, i, hidden);
    table.add_linear(layer + "attention.v_lin", hidden, hidden, true, Role::kQkv, i, 2 * hidden);
    table.add_linear(layer + "attention.out_lin", hidden, hidden, true, Role::kAttentionOut, i);
    table.add_norm(layer + "sa_layer_norm", hidden, true, Role::kAttentionNorm, i);
    table.add_linear(layer + "ffn.lin1", intermediate, hidden, true, Role::kMlpIn, i);
    table.add_linear(layer + "ffn.lin2", hidden, intermediate, true, Role::kMlpOut, i);
    table.add_norm(layer + "output_layer_norm", hidden, true, Role::kMlpNorm, i);
  }
  table.ignored = {prefix + "embeddings.position_ids"};
  if (head != nullptr) {
    table.add_linear("pre_classifier", hidden, hidden, true, Role::kHead, 0);
    table.add_linear("classifier", head->num_outputs, hidden, true, Role::kHead, 2);
  }
  return table;
}

HeadInitialisation head_initialisation(const JsonObject& config, const EncoderSpec&) { return {.std = initializer_range(config)}; }

}  // namespace

const Architecture kDistilBert = {
    .model_type = "distilbert",
    .encoder = encoder,
    .classification_head = classification_head,
    .tensors = tensors,
    .head_initialisation = head_initialisation,
    .classifier_class = "DistilBertForSequenceClassification",
    .prefix = "distilbert.",
    .first_tensor = "embeddings.word_embeddings.weight",
};

}  // namespace crossrank
