// ModelFolder: a Hugging Face model folder, read and checked: specs, weights by place, tokenizer settings, activation, lengths.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "arch/modules.h"
#include "arch/registry.h"
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
/// To who trains a reranker it is an encoder that awaits its head.
enum class ModelUse { kScores, kEmbeddings, kTraining };

/// A tensor of the model: its row in the TensorTable, the name under which Transformers saves it, and where its values are.
struct ModelTensor {
  const TensorRow* row;
  std::string saved_name;
  const TensorView* view;  // without bytes where `is_new`: of a head that the checkpoint lacks
  bool is_new = false;
};

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

  /// A folder to train a reranker from. One that gives scores is opened as it is. Any other (a plain encoder, a language model, a
  /// bi-encoder of Sentence Transformers) becomes its encoder with the head of its architecture's sequence classification, as in the
  /// reference: `num_labels` outputs (0: one), and what the checkpoint lacks of the head is new. Error(kModel) where a trained head
  /// has another number of labels than is asked for (0: its own). `config_kwargs` are fields that take the place of config.json's, as the
  /// reference's CrossEncoder(config_kwargs=..) has them: {"hidden_dropout_prob": 0}.
  static ModelFolder open_for_training(const std::filesystem::path& folder, int num_labels, const Json& config_kwargs = Json::object());

  std::filesystem::path folder;
  std::filesystem::path encoder_folder;  // where config.json and the encoder's weights are: the same, or a module's
  Json config_kwargs = Json::object();   // what counts instead of config.json's fields
  std::string classifier_class;          // "BertForSequenceClassification" where the head is that class's, else empty
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
  HeadInitialisation head_initialisation;                   // of what is new
  int64_t parameters = 0;
  int64_t matrix_parameters = 0;  // of the encoder's projections: what bf16 and int8 shrink

  /// The weights of a role; `layer` as in TensorRow. Empty where the table has no such row.
  LinearSource weights(TensorRole role, int layer = -1) const;
  /// All tensors, in the order of the reference's named_parameters().
  std::vector<ModelTensor> tensors() const;
  bool has_new_head() const { return !new_tensors_.empty(); }
  bool is_modular() const { return modular_; }

 private:
  static ModelFolder open(const std::filesystem::path& folder, ModelUse use, int asked_labels, const Json& config_kwargs);
  void read_description(ModelUse use, int asked_labels);
  void describe_classifier(const Architecture& known, const JsonObject& config, ModelUse use, int asked_labels);
  void check_labels(int asked_labels) const;
  void describe_modules(const Modules& modules);
  void read_table(const Architecture& known, const JsonObject& config, const Modules& modules, ModelUse use);
  void read_settings(const JsonObject& config, const Modules& modules, ModelUse use);
  void leave_other_heads_unread(const std::string& prefix);
  void open_weights();
  void check_tensors() const;
  void count_parameters();
  const TensorView* find_tensor(const TensorRow& row) const;

  bool modular_ = false;      // modules.json says what the model is
  bool classifies_ = false;   // the head is that of the architecture's sequence classification
  bool awaits_head_ = false;  // which the checkpoint need not hold
  TensorTable table_;
  std::vector<std::string> saved_names_;           // of table_.rows
  std::map<std::string, TensorView> new_tensors_;  // by name
  std::map<std::string, Safetensors> files_;       // by TensorRow::file; "" is the encoder's
};

}  // namespace crossrank
