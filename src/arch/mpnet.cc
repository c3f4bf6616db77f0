// MPNet: BERT's layers with a learned bias for each distance, RoBERTa's positions and head, no segments.
// Source: Song et al. 2020; names and defaults as Transformers' MPNetConfig and MPNetForSequenceClassification have them.
#include "arch/architectures.h"
#include "arch/bert_layers.h"
#include "arch/config_fields.h"
#include "base/error.h"

namespace crossrank {
namespace {

constexpr int kPaddingId = 1;  // which no field changes
constexpr int kBuckets = 32;   // what the model reads of the table, whatever its rows

EncoderSpec encoder(const JsonObject& config) {
  EncoderSpec spec;
  spec.model_type = "mpnet";
  spec.vocab_size = size_field(config, "vocab_size", kMaxRows, 30527);
  spec.hidden_size = size_field(config, "hidden_size", kMaxWidth, 768);
  spec.embedding_size = spec.hidden_size;
  spec.intermediate_size = size_field(config, "intermediate_size", kMaxWidth, 3072);
  spec.norm_eps = epsilon_field(config, "layer_norm_eps", 1e-12);
  spec.embedding_dropout = dropout_field(config, "hidden_dropout_prob", 0.1);

  const int positions = size_field(config, "max_position_embeddings", kMaxRows, 512);
  if (positions < kPaddingId + 2) {
    throw config.bad_field("max_position_embeddings", fmt::format("{} rows leave no position after that of padding", positions));
  }
  spec.learned_positions = true;
  spec.padding_id = kPaddingId;
  spec.max_positions = positions - kPaddingId - 1;  // 514 rows are 512 positions

  const int rows = size_field(config, "relative_attention_num_buckets", kMaxRows, kBuckets);
  if (rows < kBuckets) {
    throw config.bad_field("relative_attention_num_buckets", fmt::format("{} rows; the model reads {}", rows, kBuckets));
  }
  spec.layers = bert_layers(config, spec.hidden_size, 12, 12);
  for (LayerSpec& layer : spec.layers) layer.attention.relative = DistanceBias{.rows = rows, .buckets = kBuckets};
  return spec;
}

HeadSpec classification_head(const JsonObject&, const EncoderSpec& encoder, int num_labels) {
  return two_map_head(encoder, num_labels, ActivationKind::kTanh, encoder.embedding_dropout);
}

TensorTable tensors(const JsonObject&, const EncoderSpec& spec, const HeadSpec* head, const std::string& prefix) {
  using Role = TensorRole;
  const int64_t hidden = spec.hidden_size, intermediate = spec.intermediate_size;
  TensorTable table;
  table.rows.push_back({prefix + "embeddings.word_embeddings.weight", {spec.vocab_size, hidden}, Role::kWordEmbedding});
  const int64_t positions = spec.max_positions + kPaddingId + 1;
  table.rows.push_back({prefix + "embeddings.position_embeddings.weight", {positions, hidden}, Role::kPositionEmbedding});
  table.add_norm(prefix + "embeddings.LayerNorm", hidden, true, Role::kEmbeddingNorm, -1);
  for (int i = 0; i < static_cast<int>(spec.layers.size()); ++i) {
    const std::string layer = fmt::format("{}encoder.layer.{}.", prefix, i);
    table.add_linear(layer + "attention.attn.q", hidden, hidden, true, Role::kQkv, i, 0);
    table.add_linear(layer + "attention.attn.k", hidden, hidden, true, Role::kQkv, i, hidden);
    table.add_linear(layer + "attention.attn.v", hidden, hidden, true, Role::kQkv, i, 2 * hidden);
    table.add_linear(layer + "attention.attn.o", hidden, hidden, true, Role::kAttentionOut, i);
    table.add_norm(layer + "attention.LayerNorm", hidden, true, Role::kAttentionNorm, i);
    table.add_linear(layer + "intermediate.dense", intermediate, hidden, true, Role::kMlpIn, i);
    table.add_linear(layer + "output.dense", hidden, intermediate, true, Role::kMlpOut, i);
    table.add_norm(layer + "output.LayerNorm", hidden, true, Role::kMlpNorm, i);
  }
  const AttentionSpec& attention = spec.layers.front().attention;
  const int64_t rows = std::get<DistanceBias>(attention.relative).rows;
  table.rows.push_back({prefix + "encoder.relative_attention_bias.weight", {rows, attention.num_heads}, Role::kDistanceBias});
  // A pooler that bi-encoders keep and no head here reads.
  table.ignored = {prefix + "embeddings.position_ids", prefix + "pooler.dense.weight", prefix + "pooler.dense.bias"};
  if (head != nullptr) add_two_map_head(spec, *head, table);
  return table;
}

HeadInitialisation head_initialisation(const JsonObject& config, const EncoderSpec&) { return {.std = initializer_range(config)}; }

}  // namespace

const Architecture kMpnet = {
    .model_type = "mpnet",
    .encoder = encoder,
    .classification_head = classification_head,
    .tensors = tensors,
    .head_initialisation = head_initialisation,
    .classifier_class = "MPNetForSequenceClassification",
    .prefix = "mpnet.",
    .first_tensor = "embeddings.word_embeddings.weight",
};

}  // namespace crossrank
