#include "arch/bert_layers.h"

#include "arch/config_fields.h"
#include "base/error.h"

namespace crossrank {

void refuse_decoders(const JsonObject& config) {
  if (!config.boolean("is_decoder", false)) return;
  throw error(ErrorCode::kUnsupported, "{}: field is_decoder: a decoder is not a cross-encoder", config.where());
}

void refuse_relative_positions(const JsonObject& config) {
  const std::string positions = config.string("position_embedding_type", "absolute");
  if (positions == "absolute") return;
  throw error(ErrorCode::kUnsupported, "{}: field position_embedding_type: \"{}\" is not one that crossrank has (absolute)", config.where(),
              positions);
}

std::vector<LayerSpec> bert_layers(const JsonObject& config, int hidden_size, int default_layers, int default_heads) {
  const double hidden_dropout = dropout_field(config, "hidden_dropout_prob", 0.1);
  LayerSpec layer;
  layer.norm_placement = NormPlacement::kPost;
  layer.attention = attention_fields(config, hidden_size, default_heads);
  layer.attention.dropout = dropout_field(config, "attention_probs_dropout_prob", 0.1);
  layer.attention_out_dropout = hidden_dropout;
  layer.mlp_out_dropout = hidden_dropout;
  layer.activation = activation_field(config, "hidden_act", "gelu");
  return {static_cast<size_t>(size_field(config, "num_hidden_layers", kMaxLayers, default_layers)), layer};
}

void add_bert_embeddings(const EncoderSpec& spec, int64_t width, const std::string& prefix, TensorTable& table) {
  using Role = TensorRole;
  table.rows.push_back({prefix + "embeddings.word_embeddings.weight", {spec.vocab_size, width}, Role::kWordEmbedding});
  table.rows.push_back({prefix + "embeddings.position_embeddings.weight", {spec.max_positions, width}, Role::kPositionEmbedding});
  table.rows.push_back({prefix + "embeddings.token_type_embeddings.weight", {spec.type_vocab_size, width}, Role::kTypeEmbedding});
  table.add_norm(prefix + "embeddings.LayerNorm", width, true, Role::kEmbeddingNorm, -1);
}

void add_bert_layers(const EncoderSpec& spec, const std::string& prefix, TensorTable& table) {
  using Role = TensorRole;
  const int64_t hidden = spec.hidden_size, intermediate = spec.intermediate_size;
  for (int i = 0; i < static_cast<int>(spec.layers.size()); ++i) {
    const std::string layer = fmt::format("{}encoder.layer.{}.", prefix, i);
    table.add_linear(layer + "attention.self.query", hidden, hidden, true, Role::kQkv, i, 0);
    table.add_linear(layer + "attention.self.key", hidden, hidden, true, Role::kQkv, i, hidden);
    table.add_linear(layer + "attention.self.value", hidden, hidden, true, Role::kQkv, i, 2 * hidden);
    table.add_linear(layer + "attention.output.dense", hidden, hidden, true, Role::kAttentionOut, i);
    table.add_norm(layer + "attention.output.LayerNorm", hidden, true, Role::kAttentionNorm, i);
    table.add_linear(layer + "intermediate.dense", intermediate, hidden, true, Role::kMlpIn, i);
    table.add_linear(layer + "output.dense", hidden, intermediate, true, Role::kMlpOut, i);
    table.add_norm(layer + "output.LayerNorm", hidden, true, Role::kMlpNorm, i);
  }
}

HeadSpec two_map_head(const EncoderSpec& spec, int num_labels, ActivationKind activation, double dropout) {
  const LinearStep dense = {spec.hidden_size, spec.hidden_size, activation, false};
  const LinearStep out = {spec.hidden_size, num_labels, ActivationKind::kIdentity, false};
  return {{Pooling::kCls}, {DropoutStep{dropout}, dense, DropoutStep{dropout}, out}, num_labels};
}

void add_two_map_head(const EncoderSpec& spec, const HeadSpec& head, TensorTable& table) {
  table.add_linear("classifier.dense", spec.hidden_size, spec.hidden_size, true, TensorRole::kHead, 1);
  table.add_linear("classifier.out_proj", head.num_outputs, spec.hidden_size, true, TensorRole::kHead, 3);
}

}  // namespace crossrank
