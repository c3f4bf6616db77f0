// BERT (MiniLM and its kin): learned positions, post-norm layers, a tanh pooler before the classifier.
// Source: Devlin et al. 2018; names and defaults as Transformers' BertConfig and BertForSequenceClassification have them.
#include "arch/architectures.h"
#include "arch/bert_layers.h"
#include "arch/config_fields.h"

namespace crossrank {
namespace {

EncoderSpec encoder(const JsonObject& config) {
  refuse_decoders(config);
  refuse_relative_positions(config);
  EncoderSpec spec;
  spec.model_type = "bert";
  spec.vocab_size = size_field(config, "vocab_size", kMaxRows, 30522);
  spec.type_vocab_size = size_field(config, "type_vocab_size", kMaxRows, 2);
  spec.max_positions = size_field(config, "max_position_embeddings", kMaxRows, 512);
  spec.learned_positions = true;
  spec.hidden_size = size_field(config, "hidden_size", kMaxWidth, 768);
  spec.embedding_size = spec.hidden_size;
  spec.intermediate_size = size_field(config, "intermediate_size", kMaxWidth, 3072);
  spec.norm_eps = epsilon_field(config, "layer_norm_eps", 1e-12);

  spec.embedding_dropout = dropout_field(config, "hidden_dropout_prob", 0.1);
  spec.layers = bert_layers(config, spec.hidden_size, 12, 12);
  return spec;
}

HeadSpec classification_head(const JsonObject& config, const EncoderSpec& encoder, int num_labels) {
  const LinearStep pooler = {encoder.hidden_size, encoder.hidden_size, ActivationKind::kTanh, false};
  const LinearStep classifier = {encoder.hidden_size, num_labels, ActivationKind::kIdentity, false};
  const DropoutStep dropout = {dropout_field(config, "classifier_dropout", encoder.embedding_dropout)};  // else hidden_dropout_prob
  return {{Pooling::kCls}, {pooler, dropout, classifier}, num_labels};
}

TensorTable tensors(const JsonObject&, const EncoderSpec& spec, const HeadSpec* head, const std::string& prefix) {
  using Role = TensorRole;
  const int64_t hidden = spec.hidden_size;
  TensorTable table;
  add_bert_embeddings(spec, hidden, prefix, table);
  add_bert_layers(spec, prefix, table);
  table.ignored = {prefix + "embeddings.position_ids"};
  if (head != nullptr) {
    table.add_linear(prefix + "pooler.dense", hidden, hidden, true, Role::kHead, 0);
    table.add_linear("classifier", head->num_outputs, hidden, true, Role::kHead, 2);
  } else {
    table.ignored.insert(table.ignored.end(), {prefix + "pooler.dense.weight", prefix + "pooler.dense.bias"});
  }
  return table;
}

HeadInitialisation head_initialisation(const JsonObject& config, const EncoderSpec&) { return {.std = initializer_range(config)}; }

}  // namespace

const Architecture kBert = {
    .model_type = "bert",
    .encoder = encoder,
    .classification_head = classification_head,
    .tensors = tensors,
    .head_initialisation = head_initialisation,
    .classifier_class = "BertForSequenceClassification",
    .prefix = "bert.",
    .first_tensor = "embeddings.word_embeddings.weight",
};

}  // namespace crossrank
