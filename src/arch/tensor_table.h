// TensorTable: a row a tensor of the checkpoint: its name, shape and place in the model. One list for the loader (which checks it
// both ways), later for the trainer (which saves through it) and for int8 (which takes its targets from the role).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crossrank {

/// Where a tensor belongs. Roles without a layer have layer -1; kHead counts the steps of HeadSpec in `layer`.
enum class TensorRole {
  kWordEmbedding,
  kPositionEmbedding,
  kTypeEmbedding,
  kEmbeddingNorm,
  kEmbeddingProjection,  // [hidden, embedding_size]
  kRelativeEmbedding,    // [2 * span, hidden]
  kRelativeNorm,
  kDistanceBias,  // [rows, num_heads]
  kConvolution,   // [hidden, hidden, kernel]
  kConvolutionNorm,
  kAttentionNorm,
  kQkv,          // [3 * hidden, hidden]: query, key, value rows; one tensor or three
  kPositionKey,  // [hidden, hidden]: DeBERTa's maps of the relative embeddings, where they are not those of kQkv
  kPositionQuery,
  kAttentionOut,  // [hidden, hidden]
  kMlpNorm,
  kMlpIn,   // [intermediate, hidden], twice the rows where gated
  kMlpOut,  // [hidden, intermediate]
  kFinalNorm,
  kHead,
};

/// Weight or bias of its role.
enum class TensorPart { kWeight, kBias };

struct TensorRow {
  std::string name;            // as the checkpoint spells it
  std::vector<int64_t> shape;  // [out_features, in_features] of a matrix, [features] of a norm or bias
  TensorRole role;
  TensorPart part = TensorPart::kWeight;
  int layer = -1;
  int64_t first_row = 0;  // where its rows begin in the role's matrix: the keys of BERT's kQkv begin at hidden
  std::string file = {};  // folder of the module it is stored in ("2_Dense"), empty for the encoder's own
};

/// Rows in checkpoint order, and the names that a checkpoint may hold beside them without harm (position_ids, an unread pooler).
struct TensorTable {
  std::vector<TensorRow> rows;
  std::vector<std::string> ignored;

  /// A weight and, where `bias`, its bias: "PREFIX.weight" [out, in], "PREFIX.bias" [out].
  void add_linear(const std::string& prefix, int64_t out_features, int64_t in_features, bool bias, TensorRole role, int layer,
                  int64_t first_row = 0, const std::string& file = {});
  void add_norm(const std::string& prefix, int64_t features, bool bias, TensorRole role, int layer, const std::string& file = {});
};

}  // namespace crossrank
