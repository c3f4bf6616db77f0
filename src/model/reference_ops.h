// ReferenceOps: every operation as its definition reads, in plain f32 loops on one thread. The oracle of the fast engines, and the
// page to read first.
#pragma once

#include <utility>
#include <vector>

#include "arch/model_folder.h"
#include "model/ops.h"
#include "model/weights.h"

namespace crossrank {

/// A matrix by value, row-major.
struct Matrix {
  int rows = 0;
  int columns = 0;
  std::vector<float> values;  // [rows, columns]

  Matrix(int row_count, int column_count)
      : rows(row_count), columns(column_count), values(static_cast<size_t>(row_count) * static_cast<size_t>(column_count)) {}
  float* row(int i) { return values.data() + static_cast<size_t>(i) * static_cast<size_t>(columns); }
  const float* row(int i) const { return values.data() + static_cast<size_t>(i) * static_cast<size_t>(columns); }
};

/// y = activation(x), one element.
float apply_activation(ActivationKind kind, float x);

struct ReferenceOps {
  using Tensor = Matrix;
  using Embedding = Matrix;  // [rows, hidden]
  struct Linear {
    Matrix weight;            // [out_features, in_features]
    std::vector<float> bias;  // [out_features], or empty
  };
  struct Norm {
    std::vector<float> weight;  // [features]
    std::vector<float> bias;    // [features], or empty
    float eps = 0;
  };
  using Fusion = LinearFusion<Norm, Tensor>;

  Embedding make_embedding(const WeightSource& source) const;
  Tensor make_tensor(const WeightSource& source) const;
  Linear make_linear(const LinearSource& source, LinearUse use) const;
  Norm make_norm(const LinearSource& source, float eps) const;

  Tensor embed(const PackedBatch& batch, const EmbeddingTables<Embedding, Norm>& tables) const;
  Tensor norm(const Tensor& x, const Norm& norm) const;
  Tensor linear(const Tensor& x, const Linear& linear, const Fusion& fusion) const;
  Tensor columns(const Tensor& x, int first, int count) const;
  std::pair<Tensor, Tensor> split(const Tensor& x, int first) const { return {columns(x, 0, first), columns(x, first, x.columns - first)}; }
  Tensor rows(const Tensor& x, const PackedBatch& batch, QueryRows rows) const;
  Tensor attention(const Tensor& q, const Tensor& kv, const PackedBatch& batch, const AttentionSpec& spec,
                   const RelativeTables<Tensor>& relative, QueryRows rows) const;
  Tensor neighbours(const Tensor& x, const PackedBatch& batch, int kernel) const;
  Tensor pool(const Tensor& x, const PackedBatch& batch, Pooling pooling) const;
  Tensor concatenate(const Tensor& a, const Tensor& b) const;
  Tensor unit_length(const Tensor& x) const;
};

}  // namespace crossrank
