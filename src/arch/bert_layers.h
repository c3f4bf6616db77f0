// What the families that descend from BERT share: the names of its layers' tensors, and fields that none of them has here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arch/spec.h"
#include "arch/tensor_table.h"
#include "base/json.h"

namespace crossrank {

/// Error(kUnsupported) where is_decoder is set.
void refuse_decoders(const JsonObject& config);

/// Error(kUnsupported) where position_embedding_type is another than "absolute".
void refuse_relative_positions(const JsonObject& config);

/// Post-norm layers by the fields that BERT's configuration has for them (num_hidden_layers, num_attention_heads, hidden_act and dropouts).
std::vector<LayerSpec> bert_layers(const JsonObject& config, int hidden_size, int default_layers, int default_heads);

/// "PREFIXembeddings.word_embeddings" and so on: word, position and segment tables [rows, width] and their norm.
void add_bert_embeddings(const EncoderSpec& spec, int64_t width, const std::string& prefix, TensorTable& table);

/// "PREFIXencoder.layer.I.attention.self.query" and so on, of every layer, in the reference's order.
void add_bert_layers(const EncoderSpec& spec, const std::string& prefix, TensorTable& table);

/// The head of RoBERTa, ELECTRA and MPNet over the first token: dropout, a map with its activation, dropout, the map to the labels.
HeadSpec two_map_head(const EncoderSpec& spec, int num_labels, ActivationKind activation, double dropout);

/// Its tensors: classifier.dense and classifier.out_proj.
void add_two_map_head(const EncoderSpec& spec, const HeadSpec& head, TensorTable& table);

}  // namespace crossrank
