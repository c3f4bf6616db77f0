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

/// Scores know nothing of the distance between query and key, but for what rotary positions and windows give them.
struct NoRelativeScores {};

/// DeBERTa's disentangled attention (He et al. 2021): to q_i k_j come q_i K[row] (content to position) and k_j Q[row] (position to
/// content), row = row_of_distance(i - j), where K and Q [2 * span, hidden] are made of the model's relative embeddings by each layer's
/// maps. The sum is divided by the root of head_dim times the number of its parts.
struct DisentangledScores {
  int span = 0;          // half of the relative embeddings
  int buckets = 0;       // distances from buckets / 2 on share rows, by their logarithm; 0: one row a distance
  int max_distance = 0;  // where the buckets end
  bool content_to_position = false;
  bool position_to_content = false;
  bool shares_maps = false;  // K and Q by the maps of keys and queries, else by maps of their own

  int parts() const { return 1 + (content_to_position ? 1 : 0) + (position_to_content ? 1 : 0); }
};

/// The row of K and Q for a query `distance` tokens after its key. Rises with the distance, never past the table's ends.
int row_of_distance(const DisentangledScores& scores, int distance);

/// MPNet's scores (Song et al. 2020; the buckets are T5's): to q_i k_j / sqrt(head_dim) comes B[row_of_distance(i - j), head], B
/// [rows, num_heads] learned and the same for every layer.
struct DistanceBias {
  int rows = 0;            // of the table, of which the first `buckets` are read
  int buckets = 32;        // half for keys before the query, half for keys behind it
  int max_distance = 128;  // where the buckets end
};

/// The row of B for a query `distance` tokens after its key.
int row_of_distance(const DistanceBias& scores, int distance);

/// Closed: an engine that does not handle one of them does not compile.
using RelativeScores = std::variant<NoRelativeScores, DisentangledScores, DistanceBias>;

struct AttentionSpec {
  int num_heads = 0;
  int head_dim = 0;
  int window = 0;         // tokens seen on each side; 0: the whole sequence
  double rope_theta = 0;  // base of the rotary positions; 0: none
  double dropout = 0;     // of the probabilities, in training
  RelativeScores relative = NoRelativeScores{};
};

struct LayerSpec {
  NormPlacement norm_placement = NormPlacement::kPost;
  bool attention_norm = true;  // ModernBERT's first layer has none: the embeddings are normalized already
  AttentionSpec attention;
  ActivationKind activation = ActivationKind::kGelu;
  bool gated = false;           // the MLP's input is [tokens, 2 * intermediate]: activation(first half) * second half
  double relative_dropout = 0;  // in training, of the relative embeddings
  // Dropout in training of what each projection gives, before the residual is added.
  double attention_out_dropout = 0;
  double mlp_in_dropout = 0;  // after activation and gate
  double mlp_out_dropout = 0;
};

/// A map from the embeddings' width to the layers', where they differ.
enum class EmbeddingProjection {
  kNone,
  kBeforeNorm,  // DeBERTa: no bias, the norm is hidden_size wide
  kAfterNorm,   // ELECTRA: with a bias, the norm is embedding_size wide
};

/// DeBERTa-v2's convolution beside the first layer: norm(first layer + activation(conv(embeddings))).
struct ConvolutionSpec {
  int kernel = 0;  // tokens that it sees, odd; zeros past the ends of a sequence
  ActivationKind activation = ActivationKind::kTanh;
  double dropout = 0;  // in training, before the activation
};

struct EncoderSpec {
  std::string model_type;  // "modernbert", "bert"
  int vocab_size = 0;
  int type_vocab_size = 0;  // 0: no segment embeddings
  int max_positions = 0;    // longest sequence
  bool learned_positions = false;
  // RoBERTa: the id of padding. Positions count from the row after its own, and only tokens that are not it; its own row is theirs.
  std::optional<int> padding_id = std::nullopt;
  int embedding_size = 0;  // columns of the tables; hidden_size where nothing projects
  EmbeddingProjection embedding_projection = EmbeddingProjection::kNone;
  int hidden_size = 0;
  int intermediate_size = 0;
  float norm_eps = 1e-12f;
  bool embedding_norm = true;
  bool relative_norm = false;  // DeBERTa: of the relative embeddings
  std::optional<ConvolutionSpec> convolution = std::nullopt;
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
