// ModernBERT: rotary positions, pre-norm layers, gated MLPs, two of three layers local. Source: Warner et al. 2024; names and
// defaults as Transformers' ModernBertConfig has them, in the dialect of 2024-25 (global_rope_theta, local_rope_theta,
// global_attn_every_n_layers) and in that of 2026 (rope_parameters, layer_types). Where a file has both, the newer is believed.
#include <cmath>

#include "arch/architectures.h"
#include "arch/config_fields.h"
#include "base/error.h"

namespace crossrank {
namespace {

constexpr std::string_view kGlobal = "full_attention";
constexpr std::string_view kLocal = "sliding_attention";

double checked_theta(const JsonObject& where, std::string_view name, double value) {
  if (!(value > 0 && value < 1e30)) throw where.bad_field(name, fmt::format("{} is not a positive number", value));
  return value;
}

// The rotary base of a kind of layer.
double rope_theta(const JsonObject& config, std::string_view kind) {
  const char* old_name = kind == kGlobal ? "global_rope_theta" : "local_rope_theta";
  if (config.has("rope_scaling"))
    throw error(ErrorCode::kUnsupported, "{}: field rope_scaling: crossrank has no scaled rotary positions", config.where());
  if (config.has("rope_parameters")) {
    const JsonObject all = config.object("rope_parameters");
    if (all.has(kind)) {
      const JsonObject parameters = all.object(kind);
      const std::string type = parameters.string("rope_type", "default");
      if (type != "default") {
        throw error(ErrorCode::kUnsupported, "{}: field rope_type: \"{}\" is not one that crossrank has (default)", parameters.where(),
                    type);
      }
      if (parameters.has("rope_theta")) return checked_theta(parameters, "rope_theta", parameters.number("rope_theta"));
    }
  }
  return checked_theta(config, old_name, config.number(old_name, kind == kGlobal ? 160'000.0 : 10'000.0));
}

// Which layers see the whole sequence: layer_types, else every n-th from the first.
std::vector<bool> global_layers(const JsonObject& config, int num_layers) {
  std::vector<bool> global(static_cast<size_t>(num_layers));
  if (config.has("layer_types")) {
    const std::vector<std::string> types = config.strings("layer_types");
    if (types.size() != global.size()) {
      throw config.bad_field("layer_types", fmt::format("{} entries for {} layers", types.size(), num_layers));
    }
    for (size_t i = 0; i < types.size(); ++i) {
      if (types[i] != kGlobal && types[i] != kLocal) {
        throw error(ErrorCode::kUnsupported, "{}: field layer_types: \"{}\" is not one that crossrank has ({}, {})", config.where(),
                    types[i], kGlobal, kLocal);
      }
      global[i] = types[i] == kGlobal;
    }
    return global;
  }
  const auto every = static_cast<size_t>(size_field(config, "global_attn_every_n_layers", kMaxRows, 3));
  for (size_t i = 0; i < global.size(); ++i) global[i] = i % every == 0;
  return global;
}

EncoderSpec encoder(const JsonObject& config) {
  EncoderSpec spec;
  spec.model_type = "modernbert";
  spec.vocab_size = size_field(config, "vocab_size", kMaxRows, 50368);
  spec.max_positions = size_field(config, "max_position_embeddings", kMaxRows, 8192);
  spec.hidden_size = size_field(config, "hidden_size", kMaxWidth, 768);
  spec.embedding_size = spec.hidden_size;
  spec.intermediate_size = size_field(config, "intermediate_size", kMaxWidth, 1152);
  spec.norm_eps = epsilon_field(config, "norm_eps", 1e-5);
  spec.final_norm = true;
  spec.embedding_dropout = dropout_field(config, "embedding_dropout", 0);

  LayerSpec layer;
  layer.norm_placement = NormPlacement::kPre;
  layer.attention = attention_fields(config, spec.hidden_size, 12);
  if (config.integer("head_dim", 1, kMaxWidth, layer.attention.head_dim) != layer.attention.head_dim) {
    throw error(ErrorCode::kUnsupported, "{}: field head_dim: only hidden_size / num_attention_heads is one that crossrank has",
                config.where());
  }
  if (layer.attention.head_dim % 2 != 0) throw config.bad_field("num_attention_heads", "rotary positions need heads of an even width");
  layer.activation = activation_field(config, "hidden_activation", "gelu");
  layer.gated = true;
  layer.attention.dropout = dropout_field(config, "attention_dropout", 0);
  layer.attention_out_dropout = layer.attention.dropout;
  layer.mlp_in_dropout = dropout_field(config, "mlp_dropout", 0);

  // Tokens on each side. sliding_window is the name under which Transformers also takes it.
  const int window = config.has("sliding_window") ? size_field(config, "sliding_window", kMaxRows, 64)
                                                  : size_field(config, "local_attention", kMaxRows, 128) / 2;
  const double global_theta = rope_theta(config, kGlobal), local_theta = rope_theta(config, kLocal);
  const int num_layers = size_field(config, "num_hidden_layers", kMaxLayers, 22);
  const std::vector<bool> global = global_layers(config, num_layers);
  for (int i = 0; i < num_layers; ++i) {
    const bool sees_all = global[static_cast<size_t>(i)];
    if (!sees_all && window == 0) throw config.bad_field("local_attention", "a window of 1 lets no token see another");
    layer.attention_norm = i > 0;
    layer.attention.window = sees_all ? 0 : window;
    layer.attention.rope_theta = sees_all ? global_theta : local_theta;
    spec.layers.push_back(layer);
  }
  return spec;
}

HeadSpec classification_head(const JsonObject& config, const EncoderSpec& encoder, int num_labels) {
  const std::string pooling = config.string("classifier_pooling", "cls");
  if (pooling != "cls" && pooling != "mean")
    throw config.bad_field("classifier_pooling", fmt::format("\"{}\" is neither cls nor mean", pooling));
  const LinearStep dense = {encoder.hidden_size, encoder.hidden_size, activation_field(config, "classifier_activation", "gelu"), false};
  const NormStep norm = {encoder.hidden_size, encoder.norm_eps};
  const DropoutStep dropout = {dropout_field(config, "classifier_dropout", 0)};
  const LinearStep classifier = {encoder.hidden_size, num_labels, ActivationKind::kIdentity, false};
  return {{pooling == "cls" ? Pooling::kCls : Pooling::kMean}, {dense, norm, dropout, classifier}, num_labels};
}

TensorTable tensors(const JsonObject& config, const EncoderSpec& spec, const HeadSpec* head, const std::string& prefix) {
  using Role = TensorRole;
  const int64_t hidden = spec.hidden_size, intermediate = spec.intermediate_size;
  const bool norm_bias = config.boolean("norm_bias", false);
  const bool attention_bias = config.boolean("attention_bias", false);
  const bool mlp_bias = config.boolean("mlp_bias", false);
  TensorTable table;
  table.rows.push_back({prefix + "embeddings.tok_embeddings.weight", {spec.vocab_size, hidden}, Role::kWordEmbedding});
  table.add_norm(prefix + "embeddings.norm", hidden, norm_bias, Role::kEmbeddingNorm, -1);
  for (int i = 0; i < static_cast<int>(spec.layers.size()); ++i) {
    const std::string layer = fmt::format("{}layers.{}.", prefix, i);
    if (spec.layers[static_cast<size_t>(i)].attention_norm) table.add_norm(layer + "attn_norm", hidden, norm_bias, Role::kAttentionNorm, i);
    table.add_linear(layer + "attn.Wqkv", 3 * hidden, hidden, attention_bias, Role::kQkv, i);
    table.add_linear(layer + "attn.Wo", hidden, hidden, attention_bias, Role::kAttentionOut, i);
    table.add_norm(layer + "mlp_norm", hidden, norm_bias, Role::kMlpNorm, i);
    table.add_linear(layer + "mlp.Wi", 2 * intermediate, hidden, mlp_bias, Role::kMlpIn, i);
    table.add_linear(layer + "mlp.Wo", hidden, intermediate, mlp_bias, Role::kMlpOut, i);
  }
  table.add_norm(prefix + "final_norm", hidden, norm_bias, Role::kFinalNorm, -1);
  if (head != nullptr) {
    table.add_linear("head.dense", hidden, hidden, config.boolean("classifier_bias", false), Role::kHead, 0);
    table.add_norm("head.norm", hidden, norm_bias, Role::kHead, 1);
    table.add_linear("classifier", head->num_outputs, hidden, true, Role::kHead, 3);
  } else {  // a masked language model's head, which an embedding model keeps unread
    table.ignored = {"head.dense.weight", "head.dense.bias", "head.norm.weight", "head.norm.bias", "decoder.weight", "decoder.bias"};
  }
  return table;
}

// Warner et al. 2024, by way of Transformers: normal draws, then truncated ones in their place.
HeadInitialisation head_initialisation(const JsonObject& config, const EncoderSpec& encoder) {
  const double std = initializer_range(config);
  const double cutoff = config.number("initializer_cutoff_factor", 2.0);
  if (!(cutoff >= 1 && cutoff < 100)) throw config.bad_field("initializer_cutoff_factor", fmt::format("{} is not from 1 to 100", cutoff));
  const double dense = std / std::sqrt(2.0 * static_cast<double>(encoder.layers.size()));
  const double classifier = 1 / std::sqrt(static_cast<double>(encoder.hidden_size));
  return {.std = std, .cutoff = cutoff, .final_std = {dense, 0, 0, classifier}};
}

}  // namespace

const Architecture kModernBert = {
    .model_type = "modernbert",
    .encoder = encoder,
    .classification_head = classification_head,
    .tensors = tensors,
    .head_initialisation = head_initialisation,
    .classifier_class = "ModernBertForSequenceClassification",
    .prefix = "model.",
    .first_tensor = "embeddings.tok_embeddings.weight",
};

}  // namespace crossrank
