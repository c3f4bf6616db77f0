// ELECTRA: BERT's layers, embeddings that may be narrower than they are, a head of a GELU map and a classifier.
// Source: Clark et al. 2020; names and defaults as Transformers' ElectraConfig and ElectraForSequenceClassification have them.
#include "arch/architectures.h"
#include "arch/bert_layers.h"
#include "arch/config_fields.h"

namespace crossrank {
namespace {

EncoderSpec encoder(const JsonObject& config) {
  refuse_decoders(config);
  refuse_relative_positions(config);
  EncoderSpec spec;
  spec.model_type = "electra";
  spec.vocab_size = size_field(config, "vocab_size", kMaxRows, 30522);
  spec.type_vocab_size = size_field(config, "type_vocab_size", kMaxRows, 2);
  spec.max_positions = size_field(config, "max_position_embeddings", kMaxRows, 512);
  spec.learned_positions = true;
  spec.embedding_size = size_field(config, "embedding_size", kMaxWidth, 128);
  spec.hidden_size = size_field(config, "hidden_size", kMaxWidth, 256);
  if (spec.embedding_size != spec.hidden_size) spec.embedding_projection = EmbeddingProjection::kAfterNorm;
  spec.intermediate_size = size_field(config, "intermediate_size", kMaxWidth, 1024);
  spec.norm_eps = epsilon_field(config, "layer_norm_eps", 1e-12);
  spec.embedding_dropout = dropout_field(config, "hidden_dropout_prob", 0.1);
  spec.layers = bert_layers(config, spec.hidden_size, 12, 4);
  return spec;
}

HeadSpec classification_head(const JsonObject& config, const EncoderSpec& encoder, int num_labels) {
  const double dropout = dropout_field(config, "classifier_dropout", encoder.embedding_dropout);  // else hidden_dropout_prob
  return two_map_head(encoder, num_labels, ActivationKind::kGelu, dropout);                       // whatever summary_activation says
}

TensorTable tensors(const JsonObject&, const EncoderSpec& spec, const HeadSpec* head, const std::string& prefix) {
  using Role = TensorRole;
  const int64_t hidden = spec.hidden_size, width = spec.embedding_size;
  TensorTable table;
  add_bert_embeddings(spec, width, prefix, table);
  if (width != hidden) table.add_linear(prefix + "embeddings_project", hidden, width, true, Role::kEmbeddingProjection, -1);
  add_bert_layers(spec, prefix, table);
  table.ignored = {prefix + "embeddings.position_ids"};
  if (head != nullptr) add_two_map_head(spec, *head, table);
  return table;
}

HeadInitialisation head_initialisation(const JsonObject& config, const EncoderSpec&) { return {.std = initializer_range(config)}; }

}  // namespace

const Architecture kElectra = {
    .model_type = "electra",
    .encoder = encoder,
    .classification_head = classification_head,
    .tensors = tensors,
    .head_initialisation = head_initialisation,
    .classifier_class = "ElectraForSequenceClassification",
    .prefix = "electra.",
    .first_tensor = "embeddings.word_embeddings.weight",
};

}  // namespace crossrank
