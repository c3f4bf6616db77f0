// ModelFolder: a Hugging Face model folder, read and checked: specs, weights by place, tokenizer settings, activation, lengths.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "arch/safetensors.h"
#include "arch/settings.h"
#include "arch/spec.h"
#include "arch/tensor_table.h"

namespace crossrank {

/// Rows [first_row, first_row + rows) of a role's matrix (or of its bias: one element a row), stored in one tensor of the checkpoint.
struct WeightPiece {
  const TensorView* tensor;
  int64_t first_row;
  int64_t rows;
};

/// A matrix [rows, columns] (columns 1: a vector) put together from the checkpoint's tensors, in order, without gaps.
struct WeightSource {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<WeightPiece> pieces;

  bool empty() const { return pieces.empty(); }
  /// Rows [first, first + count) as f32, row-major, into out [count, columns].
  void read_rows(int64_t first, int64_t count, float* out) const;
  /// The same matrix, of those rows only.
  WeightSource slice(int64_t first, int64_t count) const;
};

/// A weight and its bias; the bias is empty where the model has none.
struct LinearSource {
  WeightSource weight;
  WeightSource bias;
  LinearSource slice(int64_t first, int64_t count) const;
};

/// What a model is loaded for, where its folder leaves that open: a plain encoder is a bi-encoder to who asks for embeddings.
enum class ModelUse { kScores, kEmbeddings };

/// The weights of one folder: model.safetensors, or its shards by their index. Error(kModel) says what is there instead.
Safetensors open_safetensors(const std::filesystem::path& folder);

/// A model folder, ready for an engine. Immutable; keeps its weights mapped.
class ModelFolder {
 public:
  /// Reads config.json, the safetensors, and where they are there config_sentence_transformers.json, modules.json with its module
  /// folders, tokenizer_config.json, sentence_bert_config.json. Every tensor of the TensorTable must be there in its shape, and every
  /// tensor that is there must be in the table: Error(kModel) names the first that is not.
  ///
  /// With kEmbeddings a folder without modules.json becomes its encoder with mean pooling, as in the reference: a head that the checkpoint
  /// holds beside it (of masked language modelling) is left unread, but one that classifies is an error, since its owner wants scores.
  static ModelFolder open(const std::filesystem::path& folder, ModelUse use = ModelUse::kScores);

  std::filesystem::path folder;
  std::filesystem::path encoder_folder;  // where config.json and the encoder's weights are: the same, or a module's
  std::string architecture;              // "BertForSequenceClassification"; "modules.json" for a modular folder
  EncoderSpec encoder;
  HeadSpec head;
  bool is_bi_encoder = false;                               // outputs are embeddings, not logits
  std::vector<std::string> labels;                          // names by id2label, empty where the model gives none
  ScoreActivation activation = ScoreActivation::kIdentity;  // of the scores, as Sentence Transformers resolves it
  int max_length = 0;                                       // tokens of a sequence, special tokens included, as the reference resolves it
  bool uses_type_ids = true;                                // false: every token is of segment 0, whatever the tokenizer says
  std::string prompt;                                       // what the reference puts before every query
  std::filesystem::path tokenizer;                          // the tokenizer.json
  std::string stored_as;                                    // "F32", "BF16", ...
  int64_t parameters = 0;
  int64_t matrix_parameters = 0;  // of the encoder's projections: what bf16 and int8 shrink

  /// The weights of a role; `layer` as in TensorRow. Empty where the table has no such row.
  LinearSource weights(TensorRole role, int layer = -1) const;

 private:
  void read_description(ModelUse use);
  void leave_other_heads_unread(const std::string& prefix);
  void open_weights();
  void check_tensors() const;
  void count_parameters();
  const TensorView* find_tensor(const TensorRow& row) const;

  TensorTable table_;
  std::map<std::string, Safetensors> files_;  // by TensorRow::file; "" is the encoder's
};

}  // namespace crossrank
