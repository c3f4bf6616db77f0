// CpuOps: the operations of ops.h on Highway, and oneDNN for products of bf16.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "arch/model_folder.h"
#include "cpu/buffer_pool.h"
#include "cpu/lane.h"
#include "cpu/matmul.h"
#include "cpu/norm.h"
#include "cpu/relative_scores.h"
#include "cpu/rotary.h"
#include "model/ops.h"
#include "model/weights.h"

namespace crossrank {

/// What depends on positions alone, prepared before a forward pass for its longest sequence and read-only during it.
struct PositionTables {
  RotaryTables rotary;
  RelativeRows relative;

  void prepare(const EncoderSpec& encoder, int longest);
};

/// Operations on one lane. linear() runs its norm, product, activation, residual and norm on blocks of rows that stay in the
/// second-level cache. Every row of every result is computed in an order that depends on its own sequence alone. Operands of bf16 and
/// int8 models are bf16 in memory where the machine multiplies that: half of what goes from layer to layer through its caches.
class CpuOps {
 public:
  using Tensor = CpuTensor;
  /// A gated map is cut into parts: rows of the first half followed by the rows of the second half that they are multiplied with. So
  /// the gate follows each part's product while it is in cache.
  struct Linear {
    std::vector<PackedMatrix> parts;
    int out_features = 0;  // of all parts
  };
  /// A table of rows; large ones stay as the checkpoint stores them, in the mapped file.
  struct Embedding {
    WeightSource source;
    std::vector<float> values;  // [rows, hidden] of small tables, else empty
    int hidden = 0;

    void read(int row, float* out) const;
  };
  struct Norm {
    std::vector<float> weight;
    std::vector<float> bias;  // empty where there is none
    float eps = 0;

    NormParameters parameters() const { return {weight.data(), bias.empty() ? nullptr : bias.data(), eps}; }
  };
  using Fusion = LinearFusion<Norm, Tensor>;

  /// All must outlive the operations.
  CpuOps(CpuLane& lane, const PositionTables& positions) : lane_(&lane), positions_(&positions) {}

  Embedding make_embedding(const WeightSource& source) const;
  Tensor make_tensor(const WeightSource& source) const;
  Norm make_norm(const LinearSource& source, float eps) const;
  /// Needs a lane with a team.
  Linear make_linear(const LinearSource& source, LinearUse use) const;

  Tensor embed(const PackedBatch& batch, const EmbeddingTables<Embedding, Norm>& tables) const;
  Tensor norm(const Tensor& x, const Norm& norm) const;
  Tensor linear(const Tensor& x, const Linear& linear, const Fusion& fusion) const;
  Tensor columns(const Tensor& x, int first, int count) const { return x.middle_columns(first, count); }
  std::pair<Tensor, Tensor> split(const Tensor& x, int first) const {
    return {columns(x, 0, first), columns(x, first, x.columns() - first)};
  }
  Tensor rows(const Tensor& x, const PackedBatch& batch, QueryRows rows) const;
  Tensor attention(const Tensor& q, const Tensor& kv, const PackedBatch& batch, const AttentionSpec& spec,
                   const RelativeTables<Tensor>& relative, QueryRows rows) const;
  Tensor neighbours(const Tensor& x, const PackedBatch& batch, int kernel) const;
  Tensor pool(const Tensor& x, const PackedBatch& batch, Pooling pooling) const;
  Tensor concatenate(const Tensor& a, const Tensor& b) const;
  Tensor unit_length(const Tensor& x) const;
  /// Rows of x, one for each place.
  Tensor gather(const Tensor& x, std::span<const int32_t> places) const;

 private:
  // [first, first + count) of the rows of x; Out is float or Bf16.
  template <typename Out>
  void linear_rows(const Tensor& x, int first, int count, const Linear& linear, const Fusion& fusion, const BasicMatrixView<Out>& out,
                   CpuWorker& worker) const;
  // Value is float or Bf16, of all three.
  template <typename Value>
  void attend(const BasicMatrixView<Value>& q, const BasicMatrixView<Value>& kv, const PackedBatch& batch, const AttentionSpec& spec,
              const RelativeTables<Tensor>& relative, QueryRows rows, const BasicMatrixView<Value>& out) const;

  CpuLane* lane_;
  const PositionTables* positions_;
};

}  // namespace crossrank
