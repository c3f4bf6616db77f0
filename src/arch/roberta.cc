// RoBERTa, XLM-RoBERTa and CamemBERT: BERT's layers, positions counted from past the padding's id, a head of two maps in place of the
// pooler. Sources: Liu et al. 2019, Conneau et al. 2020, Martin et al. 2020; names and defaults as Transformers' RobertaConfig,
// XLMRobertaConfig and CamembertConfig (which are alike) and their ...ForSequenceClassification have them.
#include "arch/architectures.h"
#include "arch/bert_layers.h"
#include "arch/config_fields.h"
#include "base/error.h"

namespace crossrank {
namespace {

EncoderSpec encoder_of(const JsonObject& config, std::string_view model_type, int vocab_size) {
  refuse_decoders(config);
  refuse_relative_positions(config);
  EncoderSpec spec;
  spec.model_type = model_type;
  spec.vocab_size = size_field(config, "vocab_size", kMaxRows, vocab_size);
  spec.type_vocab_size = size_field(config, "type_vocab_size", kMaxRows, 2);
  spec.hidden_size = size_field(config, "hidden_size", kMaxWidth, 768);
  spec.embedding_size = spec.hidden_size;
  spec.intermediate_size = size_field(config, "intermediate_size", kMaxWidth, 3072);
  spec.norm_eps = epsilon_field(config, "layer_norm_eps", 1e-12);

  const int rows = size_field(config, "max_position_embeddings", kMaxRows, 512);
  spec.padding_id = static_cast<int>(config.integer("pad_token_id", 0, spec.vocab_size - 1, 1));
  spec.learned_positions = true;
  spec.max_positions = rows - *spec.padding_id - 1;  // 514 rows are 512 positions
  if (spec.max_positions < 1) {
    throw config.bad_field("max_position_embeddings",
                           fmt::format("{} rows leave no position after pad_token_id {}", rows, *spec.padding_id));
  }

  spec.embedding_dropout = dropout_field(config, "hidden_dropout_prob", 0.1);
  spec.layers = bert_layers(config, spec.hidden_size, 12, 12);
  return spec;
}

EncoderSpec roberta(const JsonObject& config) { return encoder_of(config, "roberta", 50265); }
EncoderSpec xlm_roberta(const JsonObject& config) { return encoder_of(config, "xlm-roberta", 30522); }
EncoderSpec camembert(const JsonObject& config) { return encoder_of(config, "camembert", 30522); }

HeadSpec classification_head(const JsonObject& config, const EncoderSpec& encoder, int num_labels) {
  const double dropout = dropout_field(config, "classifier_dropout", encoder.embedding_dropout);  // else hidden_dropout_prob
  return two_map_head(encoder, num_labels, ActivationKind::kTanh, dropout);
}

TensorTable tensors(const JsonObject&, const EncoderSpec& spec, const HeadSpec* head, const std::string& prefix) {
  using Role = TensorRole;
  const int64_t hidden = spec.hidden_size;
  TensorTable table;
  table.rows.push_back({prefix + "embeddings.word_embeddings.weight", {spec.vocab_size, hidden}, Role::kWordEmbedding});
  table.rows.push_back({prefix + "embeddings.token_type_embeddings.weight", {spec.type_vocab_size, hidden}, Role::kTypeEmbedding});
  table.add_norm(prefix + "embeddings.LayerNorm", hidden, true, Role::kEmbeddingNorm, -1);
  const int64_t positions = spec.max_positions + *spec.padding_id + 1;
  table.rows.push_back({prefix + "embeddings.position_embeddings.weight", {positions, hidden}, Role::kPositionEmbedding});
  add_bert_layers(spec, prefix, table);
  // A pooler that masked language modelling left behind, which no head here reads.
  table.ignored = {prefix + "embeddings.position_ids", prefix + "pooler.dense.weight", prefix + "pooler.dense.bias"};
  if (head != nullptr) add_two_map_head(spec, *head, table);
  return table;
}

HeadInitialisation head_initialisation(const JsonObject& config, const EncoderSpec&) { return {.std = initializer_range(config)}; }

constexpr Architecture like_roberta(std::string_view model_type, EncoderSpec (*encoder)(const JsonObject&), std::string_view classifier) {
  return {
      .model_type = model_type,
      .encoder = encoder,
      .classification_head = classification_head,
      .tensors = tensors,
      .head_initialisation = head_initialisation,
      .classifier_class = classifier,
      .prefix = "roberta.",
      .first_tensor = "embeddings.word_embeddings.weight",
  };
}

}  // namespace

const Architecture kRoberta = like_roberta("roberta", roberta, "RobertaForSequenceClassification");
const Architecture kXlmRoberta = like_roberta("xlm-roberta", xlm_roberta, "XLMRobertaForSequenceClassification");
const Architecture kCamembert = like_roberta("camembert", camembert, "CamembertForSequenceClassification");

}  // namespace crossrank
