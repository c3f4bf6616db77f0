// DeBERTa-v2 and v3: disentangled attention over relative embeddings, a pooler of its own before the classifier; some have a convolution
// beside the first layer. Source: He et al. 2021 (both papers); names and defaults as Transformers' DebertaV2Config (with the fields
// that its model reads past it) and DebertaV2ForSequenceClassification have them.
#include <algorithm>
#include <cctype>

#include "arch/architectures.h"
#include "arch/bert_layers.h"
#include "arch/config_fields.h"
#include "base/error.h"

namespace crossrank {
namespace {

// "p2c | c2p" -> {"p2c", "c2p"}
std::vector<std::string> split_words(std::string text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == '|') {
      words.emplace_back();
    } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return words;
}

bool has_word(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// pos_att_type, a list or words between bars.
std::vector<std::string> score_parts(const JsonObject& config) {
  const Json* field = config.find("pos_att_type");
  if (field == nullptr) return {};
  return field->is_string() ? split_words(field->get<std::string>()) : config.strings("pos_att_type");
}

bool normalizes_relative(const JsonObject& config) { return has_word(split_words(config.string("norm_rel_ebd", "none")), "layer_norm"); }

// Half of the rows of the relative embeddings, and how distances find theirs.
DisentangledScores distances(const JsonObject& config) {
  DisentangledScores scores;
  const auto asked = static_cast<int>(config.integer("max_relative_positions", -kMaxRows, kMaxRows, -1));
  scores.max_distance = asked >= 1 ? asked : size_field(config, "max_position_embeddings", kMaxRows, 512);
  scores.buckets = std::max(0, static_cast<int>(config.integer("position_buckets", -kMaxRows, kMaxRows, -1)));
  scores.span = scores.buckets > 0 ? scores.buckets : scores.max_distance;
  if (scores.buckets > 0 && (scores.buckets < 2 || scores.max_distance - 1 <= scores.buckets / 2)) {
    throw config.bad_field("position_buckets",
                           fmt::format("{} buckets do not fit {} relative positions", scores.buckets, scores.max_distance));
  }
  return scores;
}

RelativeScores relative_scores(const JsonObject& config) {
  const std::vector<std::string> parts = score_parts(config);
  DisentangledScores scores;
  scores.content_to_position = has_word(parts, "c2p");
  scores.position_to_content = has_word(parts, "p2c");
  if (!config.boolean("relative_attention", false)) {
    if (scores.parts() == 1) return NoRelativeScores{};
    throw error(ErrorCode::kUnsupported, "{}: field pos_att_type: without relative_attention it is not one that crossrank has",
                config.where());
  }
  if (scores.parts() == 1) return NoRelativeScores{};
  const DisentangledScores sizes = distances(config);
  scores.span = sizes.span;
  scores.buckets = sizes.buckets;
  scores.max_distance = sizes.max_distance;
  scores.shares_maps = config.boolean("share_att_key", false);
  return scores;
}

std::optional<ConvolutionSpec> convolution(const JsonObject& config) {
  const auto kernel = static_cast<int>(config.integer("conv_kernel_size", -kMaxRows, kMaxConvolution, 0));
  if (kernel <= 0) return std::nullopt;
  if (kernel % 2 == 0) throw config.bad_field("conv_kernel_size", fmt::format("{} is even: no token is in the middle", kernel));
  if (config.integer("conv_groups", 1, kMaxWidth, 1) != 1) {
    throw error(ErrorCode::kUnsupported, "{}: field conv_groups: a convolution in groups is not one that crossrank has", config.where());
  }
  return ConvolutionSpec{kernel, activation_field(config, "conv_act", "tanh"), dropout_field(config, "hidden_dropout_prob", 0.1)};
}

// A width that the model's other maps leave no choice about.
void refuse_other_width(const JsonObject& config, std::string_view name, int only) {
  if (config.integer(name, 1, kMaxWidth, only) == only) return;
  throw error(ErrorCode::kUnsupported, "{}: field {}: only {} is one that crossrank has", config.where(), name, only);
}

EncoderSpec encoder(const JsonObject& config) {
  EncoderSpec spec;
  spec.model_type = "deberta-v2";
  spec.vocab_size = size_field(config, "vocab_size", kMaxRows, 128100);
  spec.type_vocab_size = static_cast<int>(config.integer("type_vocab_size", 0, kMaxRows, 0));
  spec.max_positions = size_field(config, "max_position_embeddings", kMaxRows, 512);
  spec.learned_positions = config.boolean("position_biased_input", true);
  spec.hidden_size = size_field(config, "hidden_size", kMaxWidth, 1536);
  spec.embedding_size = size_field(config, "embedding_size", kMaxWidth, spec.hidden_size);
  if (spec.embedding_size != spec.hidden_size) spec.embedding_projection = EmbeddingProjection::kBeforeNorm;
  spec.intermediate_size = size_field(config, "intermediate_size", kMaxWidth, 6144);
  spec.norm_eps = epsilon_field(config, "layer_norm_eps", 1e-7);
  spec.embedding_dropout = dropout_field(config, "hidden_dropout_prob", 0.1);
  spec.layers = bert_layers(config, spec.hidden_size, 24, 24);
  refuse_other_width(config, "attention_head_size", spec.layers.front().attention.head_dim);
  refuse_other_width(config, "pooler_hidden_size", spec.hidden_size);
  const RelativeScores relative = relative_scores(config);
  for (LayerSpec& layer : spec.layers) {
    layer.attention.relative = relative;
    layer.relative_dropout = spec.embedding_dropout;
  }
  spec.relative_norm = normalizes_relative(config);
  spec.convolution = convolution(config);
  return spec;
}

HeadSpec classification_head(const JsonObject& config, const EncoderSpec& encoder, int num_labels) {
  const int hidden = encoder.hidden_size;
  const DropoutStep before = {dropout_field(config, "pooler_dropout", 0)};
  const LinearStep pooler = {hidden, hidden, activation_field(config, "pooler_hidden_act", "gelu"), false};
  const DropoutStep after = {dropout_field(config, "cls_dropout", encoder.embedding_dropout)};  // else hidden_dropout_prob
  const LinearStep classifier = {hidden, num_labels, ActivationKind::kIdentity, false};
  return {{Pooling::kCls}, {before, pooler, after, classifier}, num_labels};
}

void add_layer(const EncoderSpec& spec, int i, const std::string& layer, TensorTable& table) {
  using Role = TensorRole;
  const int64_t hidden = spec.hidden_size, intermediate = spec.intermediate_size;
  table.add_linear(layer + "attention.self.query_proj", hidden, hidden, true, Role::kQkv, i, 0);
  table.add_linear(layer + "attention.self.key_proj", hidden, hidden, true, Role::kQkv, i, hidden);
  table.add_linear(layer + "attention.self.value_proj", hidden, hidden, true, Role::kQkv, i, 2 * hidden);
  if (const auto* scores = std::get_if<DisentangledScores>(&spec.layers[static_cast<size_t>(i)].attention.relative)) {
    const bool own = !scores->shares_maps;
    if (own && scores->content_to_position)
      table.add_linear(layer + "attention.self.pos_key_proj", hidden, hidden, true, Role::kPositionKey, i);
    if (own && scores->position_to_content)
      table.add_linear(layer + "attention.self.pos_query_proj", hidden, hidden, true, Role::kPositionQuery, i);
  }
  table.add_linear(layer + "attention.output.dense", hidden, hidden, true, Role::kAttentionOut, i);
  table.add_norm(layer + "attention.output.LayerNorm", hidden, true, Role::kAttentionNorm, i);
  table.add_linear(layer + "intermediate.dense", intermediate, hidden, true, Role::kMlpIn, i);
  table.add_linear(layer + "output.dense", hidden, intermediate, true, Role::kMlpOut, i);
  table.add_norm(layer + "output.LayerNorm", hidden, true, Role::kMlpNorm, i);
}

TensorTable tensors(const JsonObject& config, const EncoderSpec& spec, const HeadSpec* head, const std::string& prefix) {
  using Role = TensorRole;
  const int64_t hidden = spec.hidden_size, width = spec.embedding_size;
  TensorTable table;
  table.rows.push_back({prefix + "embeddings.word_embeddings.weight", {spec.vocab_size, width}, Role::kWordEmbedding});
  const std::string positions = prefix + "embeddings.position_embeddings.weight";
  if (spec.learned_positions) table.rows.push_back({positions, {spec.max_positions, width}, Role::kPositionEmbedding});
  if (spec.type_vocab_size > 0)
    table.rows.push_back({prefix + "embeddings.token_type_embeddings.weight", {spec.type_vocab_size, width}, Role::kTypeEmbedding});
  if (width != hidden) table.add_linear(prefix + "embeddings.embed_proj", hidden, width, false, Role::kEmbeddingProjection, -1);
  table.add_norm(prefix + "embeddings.LayerNorm", hidden, true, Role::kEmbeddingNorm, -1);
  for (int i = 0; i < static_cast<int>(spec.layers.size()); ++i) {
    add_layer(spec, i, fmt::format("{}encoder.layer.{}.", prefix, i), table);
  }
  if (config.boolean("relative_attention", false))  // also where no part of the scores reads them
    table.rows.push_back(
        {prefix + "encoder.rel_embeddings.weight", {2 * int64_t{distances(config).span}, hidden}, Role::kRelativeEmbedding});
  if (spec.relative_norm) table.add_norm(prefix + "encoder.LayerNorm", hidden, true, Role::kRelativeNorm, -1);
  if (spec.convolution) {
    const std::string conv = prefix + "encoder.conv.";
    table.rows.push_back({conv + "conv.weight", {hidden, hidden, spec.convolution->kernel}, Role::kConvolution});
    table.rows.push_back({conv + "conv.bias", {hidden}, Role::kConvolution, TensorPart::kBias});
    table.add_norm(conv + "LayerNorm", hidden, true, Role::kConvolutionNorm, -1);
  }
  table.ignored = {prefix + "embeddings.position_ids"};
  if (!spec.learned_positions) table.ignored.push_back(positions);
  if (head != nullptr) {
    table.add_linear("pooler.dense", hidden, hidden, true, Role::kHead, 1);
    table.add_linear("classifier", head->num_outputs, hidden, true, Role::kHead, 3);
  }
  return table;
}

HeadInitialisation head_initialisation(const JsonObject& config, const EncoderSpec&) { return {.std = initializer_range(config)}; }

}  // namespace

const Architecture kDebertaV2 = {
    .model_type = "deberta-v2",
    .encoder = encoder,
    .classification_head = classification_head,
    .tensors = tensors,
    .head_initialisation = head_initialisation,
    .classifier_class = "DebertaV2ForSequenceClassification",
    .prefix = "deberta.",
    .first_tensor = "embeddings.word_embeddings.weight",
};

}  // namespace crossrank
