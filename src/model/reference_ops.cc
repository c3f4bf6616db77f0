#include "model/reference_ops.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <variant>

namespace crossrank {
namespace {

Matrix read_matrix(const WeightSource& source) {
  Matrix matrix(static_cast<int>(source.rows), static_cast<int>(source.columns));
  source.read_rows(0, source.rows, matrix.values.data());
  return matrix;
}

std::vector<float> read_vector(const WeightSource& source) { return source.empty() ? std::vector<float>{} : read_matrix(source).values; }

// Rotates a head's vector by its position (Su et al. 2021), in Transformers' "rotate half" order: element i turns with i + d / 2.
// The angle is the f32 product that the reference forms: at position 8,000 other roundings would show.
void rotate(float* head, int head_dim, double theta, int position) {
  const int half = head_dim / 2;
  for (int i = 0; i < half; ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(head_dim);
    const float inverse_frequency = 1.0f / std::pow(static_cast<float>(theta), exponent);
    const float angle = static_cast<float>(position) * inverse_frequency;
    const float c = std::cos(angle), s = std::sin(angle);
    const float a = head[i], b = head[i + half];
    head[i] = a * c - b * s;
    head[i + half] = b * c + a * s;
  }
}

// softmax(scores) V: out [head_dim] from rows [first, first + scores) of kv, values from column `value_column` on.
void weigh_values(std::vector<float> scores, const Matrix& kv, int value_column, int first, std::span<float> out) {
  const float highest = *std::max_element(scores.begin(), scores.end());
  float sum = 0;
  for (float& score : scores) sum += score = std::exp(score - highest);
  std::fill(out.begin(), out.end(), 0.0f);
  for (size_t j = 0; j < scores.size(); ++j) {
    const float share = scores[j] / sum;
    for (size_t d = 0; d < out.size(); ++d) out[d] += share * kv.row(first + static_cast<int>(j))[static_cast<size_t>(value_column) + d];
  }
}

float dot(const float* a, const float* b, int count) {
  float sum = 0;
  for (int d = 0; d < count; ++d) sum += a[d] * b[d];
  return sum;
}

// A head's score of a query and a key: one way for each alternative of RelativeScores.
struct HeadScore {
  const float* q;  // [head_dim]
  const float* k;  // [head_dim]
  int head_dim;
  int head;
  int distance;
  const RelativeTables<Matrix>& tables;

  float operator()(const NoRelativeScores&) const { return dot(q, k, head_dim) * scale(1); }
  float operator()(const DisentangledScores& spec) const {
    const int row = row_of_distance(spec, distance), column = head * head_dim;
    float score = dot(q, k, head_dim);
    if (tables.keys != nullptr) score += dot(q, tables.keys->row(row) + column, head_dim);
    if (tables.queries != nullptr) score += dot(k, tables.queries->row(row) + column, head_dim);
    return score * scale(spec.parts());
  }
  float operator()(const DistanceBias& spec) const {
    return dot(q, k, head_dim) * scale(1) + tables.bias->row(row_of_distance(spec, distance))[head];
  }

 private:
  float scale(int parts) const { return 1.0f / std::sqrt(static_cast<float>(head_dim * parts)); }
};

}  // namespace

float apply_activation(ActivationKind kind, float x) {
  switch (kind) {
    case ActivationKind::kIdentity:
      return x;
    case ActivationKind::kGelu:
      return 0.5f * x * (1.0f + std::erf(x * 0.70710678f));
    case ActivationKind::kGeluTanh:
      return 0.5f * x * (1.0f + std::tanh(0.79788456f * (x + 0.044715f * x * x * x)));
    case ActivationKind::kRelu:
      return std::max(x, 0.0f);
    case ActivationKind::kSilu:
      return x / (1.0f + std::exp(-x));
    case ActivationKind::kTanh:
      return std::tanh(x);
    case ActivationKind::kSigmoid:
      return 1.0f / (1.0f + std::exp(-x));
  }
  return x;
}

ReferenceOps::Embedding ReferenceOps::make_embedding(const WeightSource& source) const { return read_matrix(source); }

Matrix ReferenceOps::make_tensor(const WeightSource& source) const { return read_matrix(source); }

ReferenceOps::Linear ReferenceOps::make_linear(const LinearSource& source, LinearUse) const {
  return {read_matrix(source.weight), read_vector(source.bias)};
}

ReferenceOps::Norm ReferenceOps::make_norm(const LinearSource& source, float eps) const {
  return {read_vector(source.weight), read_vector(source.bias), eps};
}

Matrix ReferenceOps::embed(const PackedBatch& batch, const EmbeddingTables<Embedding, Norm>& tables) const {
  Matrix x(batch.tokens(), tables.word->columns);
  const auto add = [&](const Embedding* table, const std::vector<int32_t>& ids) {
    if (table == nullptr) return;
    for (int t = 0; t < x.rows; ++t) {
      for (int d = 0; d < x.columns; ++d) x.row(t)[d] += table->row(ids[static_cast<size_t>(t)])[d];
    }
  };
  add(tables.word, batch.ids);
  add(tables.type, batch.type_ids);
  add(tables.position, *tables.positions);
  return tables.norm == nullptr ? x : norm(x, *tables.norm);
}

// Layer norm over each row (Ba et al. 2016).
Matrix ReferenceOps::norm(const Tensor& x, const Norm& norm) const {
  Matrix y(x.rows, x.columns);
  for (int t = 0; t < x.rows; ++t) {
    double mean = 0, variance = 0;
    for (int d = 0; d < x.columns; ++d) mean += x.row(t)[d];
    mean /= x.columns;
    for (int d = 0; d < x.columns; ++d) variance += (x.row(t)[d] - mean) * (x.row(t)[d] - mean);
    variance /= x.columns;
    const double inverse_deviation = 1.0 / std::sqrt(variance + static_cast<double>(norm.eps));
    for (int d = 0; d < x.columns; ++d) {
      const auto i = static_cast<size_t>(d);
      const float bias = norm.bias.empty() ? 0.0f : norm.bias[i];
      y.row(t)[d] = static_cast<float>((x.row(t)[d] - mean) * inverse_deviation) * norm.weight[i] + bias;
    }
  }
  return y;
}

Matrix ReferenceOps::linear(const Tensor& input, const Linear& linear, const Fusion& fusion) const {
  const Matrix x = fusion.norm_before == nullptr ? input : norm(input, *fusion.norm_before);
  Matrix product(x.rows, linear.weight.rows);
  for (int t = 0; t < x.rows; ++t) {
    for (int o = 0; o < product.columns; ++o) {
      float sum = linear.bias.empty() ? 0.0f : linear.bias[static_cast<size_t>(o)];
      for (int d = 0; d < x.columns; ++d) sum += x.row(t)[d] * linear.weight.row(o)[d];
      product.row(t)[o] = sum;
    }
  }
  Matrix y(x.rows, fusion.gated ? product.columns / 2 : product.columns);
  for (int t = 0; t < y.rows; ++t) {
    for (int o = 0; o < y.columns; ++o) {
      float value = apply_activation(fusion.activation, product.row(t)[o]);
      if (fusion.gated) value *= product.row(t)[y.columns + o];
      if (fusion.residual != nullptr) value += fusion.residual->row(t)[o];
      y.row(t)[o] = value;
    }
  }
  return fusion.norm_after == nullptr ? y : norm(y, *fusion.norm_after);
}

Matrix ReferenceOps::columns(const Tensor& x, int first, int count) const {
  Matrix y(x.rows, count);
  for (int t = 0; t < x.rows; ++t) std::copy_n(x.row(t) + first, count, y.row(t));
  return y;
}

Matrix ReferenceOps::rows(const Tensor& x, const PackedBatch& batch, QueryRows rows) const {
  Matrix y(batch.sequences(), x.columns);
  for (int s = 0; s < y.rows; ++s) {
    const auto i = static_cast<size_t>(s);
    std::copy_n(x.row(rows == QueryRows::kFirst ? batch.cu_seqlens[i] : batch.cu_seqlens[i + 1] - 1), x.columns, y.row(s));
  }
  return y;
}

Matrix ReferenceOps::attention(const Tensor& q, const Tensor& kv, const PackedBatch& batch, const AttentionSpec& spec,
                               const RelativeTables<Tensor>& relative, QueryRows rows) const {
  const int head_dim = spec.head_dim, hidden = spec.num_heads * head_dim;
  Matrix out(q.rows, hidden);
  for (int h = 0; h < spec.num_heads; ++h) {
    Matrix queries = columns(q, h * head_dim, head_dim), keys = columns(kv, h * head_dim, head_dim);
    for (int s = 0; s < batch.sequences(); ++s) {
      const int begin = batch.cu_seqlens[static_cast<size_t>(s)], length = batch.length(s);
      const int first_query = rows == QueryRows::kLast ? length - 1 : 0;
      const int last_query = rows == QueryRows::kFirst ? 1 : length;
      if (spec.rope_theta > 0) {
        for (int j = 0; j < length; ++j) rotate(keys.row(begin + j), head_dim, spec.rope_theta, j);
      }
      for (int i = first_query; i < last_query; ++i) {
        const int row = rows == QueryRows::kAll ? begin + i : s;
        if (spec.rope_theta > 0) rotate(queries.row(row), head_dim, spec.rope_theta, i);
        const int first = spec.window > 0 ? std::max(0, i - spec.window) : 0;
        const int last = spec.window > 0 ? std::min(length, i + spec.window + 1) : length;
        std::vector<float> scores;
        for (int j = first; j < last; ++j) {
          scores.push_back(std::visit(HeadScore{queries.row(row), keys.row(begin + j), head_dim, h, i - j, relative}, spec.relative));
        }
        weigh_values(std::move(scores), kv, hidden + h * head_dim, begin + first,
                     {out.row(row) + h * head_dim, static_cast<size_t>(head_dim)});
      }
    }
  }
  return out;
}

Matrix ReferenceOps::neighbours(const Tensor& x, const PackedBatch& batch, int kernel) const {
  Matrix y(x.rows, x.columns * kernel);
  for (int s = 0; s < batch.sequences(); ++s) {
    const int begin = batch.cu_seqlens[static_cast<size_t>(s)], end = batch.cu_seqlens[static_cast<size_t>(s) + 1];
    for (int t = begin; t < end; ++t) {
      for (int m = 0; m < kernel; ++m) {
        const int from = t + m - kernel / 2;
        if (from < begin || from >= end) continue;
        for (int d = 0; d < x.columns; ++d) y.row(t)[d * kernel + m] = x.row(from)[d];
      }
    }
  }
  return y;
}

// Sentence Transformers' Pooling, one sequence a row.
Matrix ReferenceOps::pool(const Tensor& x, const PackedBatch& batch, Pooling pooling) const {
  if (pooling == Pooling::kCls) return rows(x, batch, QueryRows::kFirst);
  if (pooling == Pooling::kLastToken) return rows(x, batch, QueryRows::kLast);
  Matrix y(batch.sequences(), x.columns);
  for (int s = 0; s < y.rows; ++s) {
    const int begin = batch.cu_seqlens[static_cast<size_t>(s)], length = batch.length(s);
    for (int d = 0; d < x.columns; ++d) {
      double sum = 0, weights = 0, highest = -std::numeric_limits<double>::infinity();
      for (int j = 0; j < length; ++j) {
        const double value = x.row(begin + j)[d], weight = pooling == Pooling::kWeightedMean ? j + 1 : 1;
        sum += weight * value;
        weights += weight;
        highest = std::max(highest, value);
      }
      if (pooling == Pooling::kMeanSqrtLength) weights = std::sqrt(weights);
      y.row(s)[d] = static_cast<float>(pooling == Pooling::kMax ? highest : sum / weights);
    }
  }
  return y;
}

Matrix ReferenceOps::concatenate(const Tensor& a, const Tensor& b) const {
  Matrix y(a.rows, a.columns + b.columns);
  for (int t = 0; t < y.rows; ++t) {
    std::copy_n(a.row(t), a.columns, y.row(t));
    std::copy_n(b.row(t), b.columns, y.row(t) + a.columns);
  }
  return y;
}

Matrix ReferenceOps::unit_length(const Tensor& x) const {
  Matrix y = x;
  for (int t = 0; t < y.rows; ++t) {
    double squares = 0;
    for (int d = 0; d < y.columns; ++d) squares += static_cast<double>(y.row(t)[d]) * static_cast<double>(y.row(t)[d]);
    const double length = std::max(std::sqrt(squares), 1e-12);  // torch.nn.functional.normalize's floor
    for (int d = 0; d < y.columns; ++d) y.row(t)[d] = static_cast<float>(y.row(t)[d] / length);
  }
  return y;
}

}  // namespace crossrank
