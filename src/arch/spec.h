// EncoderSpec and HeadSpec: everything that the engines need to know of a model, made from its config.json and nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace crossrank {

/// Element-wise functions of Transformers' ACT2FN. kGelu is exact (erf), kGeluTanh the tanh form ("gelu_new", "gelu_pytorch_tanh").
enum class ActivationKind { kIdentity, kGelu, kGeluTanh, kRelu, kSilu, kTanh, kSigmoid };

/// "gelu", "gelu_new", ... of a config.json; nothing for a name that crossrank does not have.
std::optional<ActivationKind> activation_from_name(std::string_view name);

enum class NormPlacement {
  kPre,   ///< x + f(norm(x)), ModernBERT
  kPost,  ///< norm(x + f(x)), BERT
};

struct AttentionSpec {
  int num_heads = 0;
  int head_dim = 0;
  int window = 0;         // tokens seen on each side; 0: the whole sequence
  double rope_theta = 0;  // base of the rotary positions; 0: none
  double dropout = 0;     // of the probabilities, in training
};

struct LayerSpec {
  NormPlacement norm_placement = NormPlacement::kPost;
  bool attention_norm = true;  // ModernBERT's first layer has none: the embeddings are normalized already
  AttentionSpec attention;
  ActivationKind activation = ActivationKind::kGelu;
  bool gated = false;  // the MLP's input is [tokens, 2 * intermediate]: activation(first half) * second half
  // Dropout in training of what each projection gives, before the residual is added.
  double attention_out_dropout = 0;
  double mlp_in_dropout = 0;  // after activation and gate
  double mlp_out_dropout = 0;
};

struct EncoderSpec {
  std::string model_type;  // "modernbert", "bert"
  int vocab_size = 0;
  int type_vocab_size = 0;  // 0: no segment embeddings
  int max_positions = 0;    // longest sequence
  bool learned_positions = false;
  int hidden_size = 0;
  int intermediate_size = 0;
  float norm_eps = 1e-12f;
  bool embedding_norm = true;
  double embedding_dropout = 0;  // in training, after the norm
  bool final_norm = false;       // a norm after the last layer (pre-norm models)
  std::vector<LayerSpec> layers;
};

/// How a sequence of token vectors becomes one vector: Sentence Transformers' Pooling modes.
enum class Pooling { kCls, kLastToken, kMean, kMeanSqrtLength, kWeightedMean, kMax };

/// y = activation(x W^T + b), + x where `residual` (widths equal). The index of a step in HeadSpec::steps names its tensors in the
/// TensorTable.
struct LinearStep {
  int in_features = 0;
  int out_features = 0;
  ActivationKind activation = ActivationKind::kIdentity;
  bool residual = false;
};
/// Layer norm over the features.
struct NormStep {
  int features = 0;
  float eps = 1e-5f;
};
/// x / |x| (Sentence Transformers' Normalize).
struct UnitLengthStep {};
/// Zeros in training; the identity when scoring.
struct DropoutStep {
  double probability = 0;
};
using HeadStep = std::variant<LinearStep, NormStep, UnitLengthStep, DropoutStep>;

/// What follows the encoder: pooled vectors (side by side where there are several), then steps in order.
struct HeadSpec {
  std::vector<Pooling> pooling;
  std::vector<HeadStep> steps;
  int num_outputs = 0;  // labels of a cross-encoder, dimensions of a bi-encoder
};

/// The one token of each sequence that the head reads, where it reads only one; else the head reads all.
enum class QueryRows { kAll, kFirst, kLast };
QueryRows rows_read(const HeadSpec& head);

}  // namespace crossrank
