#include "cpu/cpu_ops.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

#include "cpu/activation.h"
#include "cpu/attention.h"
#include "cpu/panel_product.h"

namespace crossrank {

static_assert(EncoderOps<CpuOps>);

namespace {

// Rows of a block of linear(): enough that weights come from memory at leisure, few enough that a block stays in a 2 MB cache.
constexpr int kBlockRows = 192;
// Smaller blocks than this leave the matrix kernels half idle.
constexpr int kSmallestBlockRows = 48;
// Rows that are normalized and rounded at a time.
constexpr int kNormedRows = 8;
// Columns of a gated map's result that a part computes.
constexpr int kGatedPartColumns = 384;
// Tables up to this many values are kept as f32.
constexpr int64_t kSmallTable = 1 << 20;

int round_up(int n, int unit) { return (n + unit - 1) / unit * unit; }

// Even blocks, so that none is too small to be worth reading the weights for.
int block_rows(int rows, int threads) {
  int blocks = std::max(1, (rows + kBlockRows / 2) / kBlockRows);
  if (threads > 1) blocks = std::max(blocks, std::min(2 * threads, rows / kSmallestBlockRows));
  return round_up((rows + blocks - 1) / std::max(1, blocks), MatmulContext::kRowUnit);
}

std::vector<float> read_vector(const WeightSource& source) {
  std::vector<float> values(static_cast<size_t>(source.rows * source.columns));
  if (!source.empty()) source.read_rows(0, source.rows, values.data());
  return values;
}

// Gives back the memory of mapped pages that have been copied: they would count twice until the kernel needs their room. A page that
// is read again is read from the file again.
void release_pages(const WeightSource& source) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (const WeightPiece& piece : source.pieces) {
    const std::span<const std::byte> bytes = piece.tensor->bytes;
    const auto begin = (reinterpret_cast<uintptr_t>(bytes.data()) + page - 1) / page * page;
    const auto end = reinterpret_cast<uintptr_t>(bytes.data() + bytes.size()) / page * page;
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
}

// The rows of `a`, then those of `b`.
LinearSource side_by_side(LinearSource a, const LinearSource& b) {
  const auto append = [](WeightSource& to, const WeightSource& more) {
    to.rows += more.rows;
    to.pieces.insert(to.pieces.end(), more.pieces.begin(), more.pieces.end());
  };
  append(a.weight, b.weight);
  if (!a.bias.empty()) append(a.bias, b.bias);
  return a;
}

size_t index(int i) { return static_cast<size_t>(i); }

RelativeTablePointers pointers_to(const RelativeTables<CpuTensor>& tables) {
  RelativeTablePointers pointers;
  for (const auto& [tensor, pointer] :
       {std::pair(tables.keys, &pointers.keys), {tables.queries, &pointers.queries}, {tables.bias, &pointers.bias}}) {
    if (tensor == nullptr) continue;
    *pointer = tensor->view().data;
    pointers.stride = tensor->view().stride;
  }
  return pointers;
}

}  // namespace

void PositionTables::prepare(const EncoderSpec& encoder, int longest) {
  for (const LayerSpec& layer : encoder.layers) {
    const AttentionSpec& attention = layer.attention;
    if (attention.rope_theta > 0) rotary.prepare(attention.rope_theta, attention.head_dim, longest);
    relative.prepare(attention.relative, longest);
  }
}

void CpuOps::Embedding::read(int row, float* out) const {
  if (values.empty()) {
    source.read_rows(row, 1, out);
  } else {
    std::copy_n(values.data() + index(row) * index(hidden), hidden, out);
  }
}

CpuOps::Embedding CpuOps::make_embedding(const WeightSource& source) const {
  const bool small = source.rows * source.columns <= kSmallTable;
  return {source, small ? read_vector(source) : std::vector<float>(), static_cast<int>(source.columns)};
}

CpuTensor CpuOps::make_tensor(const WeightSource& source) const {
  Tensor x(lane_->pool, static_cast<int>(source.rows), static_cast<int>(source.columns));
  source.read_rows(0, source.rows, x.view().data);
  return x;
}

CpuOps::Norm CpuOps::make_norm(const LinearSource& source, float eps) const {
  return {read_vector(source.weight), source.bias.empty() ? std::vector<float>() : read_vector(source.bias), eps};
}

CpuOps::Linear CpuOps::make_linear(const LinearSource& source, LinearUse use) const {
  Linear linear;
  linear.out_features = static_cast<int>(source.weight.rows);
  const ProductPrecision precision = use.in_head ? ProductPrecision::kF32 : lane_->precision;
  if (use.gated) {
    const int64_t half = source.weight.rows / 2;
    for (int64_t first = 0; first < half; first += kGatedPartColumns) {
      const int64_t count = std::min<int64_t>(kGatedPartColumns, half - first);
      linear.parts.emplace_back(side_by_side(source.slice(first, count), source.slice(half + first, count)), precision, *lane_->team);
    }
  } else {
    linear.parts.emplace_back(source, precision, *lane_->team);
  }
  if (lane_->weights_are_mapped) release_pages(source.weight);
  return linear;
}

CpuTensor CpuOps::embed(const PackedBatch& batch, const EmbeddingTables<Embedding, Norm>& tables) const {
  const int hidden = tables.word->hidden;
  Tensor x(lane_->pool, batch.tokens(), hidden);
  const MatrixView rows = x.view();
  for (int t = 0; t < rows.rows; ++t) tables.word->read(batch.ids[index(t)], rows.row(t));
  Tensor added(lane_->pool, 1, hidden);
  MatrixView addend = added.view();
  const auto add = [&](const Embedding* table, const std::vector<int32_t>& ids) {
    if (table == nullptr) return;
    for (int t = 0; t < rows.rows; ++t) {
      table->read(ids[index(t)], addend.data);
      add_rows(addend, nullptr, rows.middle_rows(t, 1));
    }
  };
  add(tables.type, batch.type_ids);
  add(tables.position, *tables.positions);
  if (tables.norm != nullptr) norm_rows(tables.norm->parameters(), rows, rows);
  return x;
}

CpuTensor CpuOps::norm(const Tensor& x, const Norm& norm) const {
  Tensor out(lane_->pool, x.rows(), x.columns());
  norm_rows(norm.parameters(), x.view(), out.view());
  return out;
}

CpuTensor CpuOps::linear(const Tensor& x, const Linear& linear, const Fusion& fusion) const {
  const bool summed = fusion.residual != nullptr || fusion.norm_after != nullptr;  // which is f32
  const bool to_bf16 = fusion.operand && !summed && lane_->has_bf16_operands();
  Tensor out(lane_->pool, x.rows(), fusion.gated ? linear.out_features / 2 : linear.out_features,
             to_bf16 ? ElementType::kBf16 : ElementType::kF32);
  const int step = block_rows(x.rows(), lane_->threads());
  if (step == 0) return out;
  std::visit(
      [&](const auto& to) {
        lane_->for_each((x.rows() + step - 1) / step, [&](int64_t block, CpuWorker& worker) {
          const int first = static_cast<int>(block) * step;
          const int count = std::min(step, x.rows() - first);
          linear_rows(x, first, count, linear, fusion, to.middle_rows(first, count), worker);
        });
      },
      out.any_view());
  return out;
}

namespace {

// x, normalized where there is a norm, as products of f32 read rows best.
ConstMatrixView normed_rows(const ConstMatrixView& x, const CpuOps::Norm* norm, CpuWorker& worker) {
  if (norm == nullptr) return x;
  const int64_t stride = row_stride(x.columns);
  const MatrixView rows = {worker.normed.grow(index(x.rows) * static_cast<size_t>(stride)), x.rows, x.columns, stride};
  norm_rows(norm->parameters(), x, rows);
  return rows;
}

// x, normalized where there is a norm, as `weights` reads rows: a few at a time, which stay in the nearest cache between the two.
void round_rows(const ConstMatrixView& x, const CpuOps::Norm* norm, const PackedMatrix& weights, CpuWorker& worker) {
  worker.matmul.start_rounding(weights, x.rows);
  if (norm == nullptr) return worker.matmul.round(x, 0);
  for (int first = 0; first < x.rows; first += kNormedRows) {
    const ConstMatrixView part = x.middle_rows(first, std::min(kNormedRows, x.rows - first));
    const MatrixView normed = {worker.normed.grow(index(kNormedRows) * index(x.columns)), part.rows, x.columns, x.columns};
    norm_rows(norm->parameters(), part, normed);
    worker.matmul.round(normed, first);
  }
}

// Rows of an operand, which no norm reads.
void round_rows(const ConstBf16View& x, const PackedMatrix& weights, CpuWorker& worker) {
  worker.matmul.start_rounding(weights, x.rows);
  worker.matmul.round(x);
}

// What follows a product's sums where they are: the gate of a part, whose own columns of `out` these are; the activation.
void gate_part(ActivationKind kind, const PackedMatrix& part, const MatrixView& product, const MatrixView& out) {
  gate_rows(kind, part.bias(), product, out);
}
void gate_part(ActivationKind kind, const PackedMatrix&, const Bf16View& product, const Bf16View& out) { gate_rows(kind, product, out); }

void activate(ActivationKind kind, const PackedMatrix& part, const MatrixView& out) { activate_rows(kind, part.bias(), out); }
void activate(ActivationKind kind, const PackedMatrix&, const Bf16View& out) { activate_rows(kind, out); }

}  // namespace

template <typename Out>
void CpuOps::linear_rows(const Tensor& x, int first, int count, const Linear& linear, const Fusion& fusion, const BasicMatrixView<Out>& out,
                         CpuWorker& worker) const {
  constexpr bool kToBf16 = std::is_same_v<Out, Bf16>;
  const PackedMatrix& front = linear.parts.front();
  const bool rounded = front.precision() != ProductPrecision::kF32;
  ConstMatrixView in;
  if (x.type() == ElementType::kBf16) {
    round_rows(x.bf16_view().middle_rows(first, count), front, worker);
  } else if (rounded) {
    round_rows(x.view().middle_rows(first, count), fusion.norm_before, front, worker);
  } else {
    in = normed_rows(x.view().middle_rows(first, count), fusion.norm_before, worker);
  }
  const auto multiply = [&](const PackedMatrix& part, bool with_bias, const BasicMatrixView<Out>& to) {
    if constexpr (!kToBf16) {
      if (!rounded) return worker.matmul.multiply(part, in, with_bias, to);
    }
    worker.matmul.multiply_rounded(part, with_bias, to);
  };
  const bool activated = fusion.gated || fusion.activation != ActivationKind::kIdentity;
  const bool summed = fusion.residual != nullptr || fusion.norm_after != nullptr;
  if (fusion.gated) {
    const int padded = round_up(count, MatmulContext::kRowUnit);
    int column = 0;
    for (const PackedMatrix& part : linear.parts) {
      const int features = part.out_features();
      const size_t values = index(padded) * index(features);
      auto* memory = reinterpret_cast<Out*>(worker.product.grow(kToBf16 ? (values + 1) / 2 : values));
      const BasicMatrixView<Out> product = {memory, count, features, features};
      multiply(part, kToBf16, product);
      gate_part(fusion.activation, part, product, {out.data + column, count, features / 2, out.stride});
      column += features / 2;
    }
  } else {
    // A bias is added where its row is visited anyway, and by the product where it is not, or where the sums are rounded.
    multiply(front, kToBf16 || (!activated && !summed), out);
    if (activated) activate(fusion.activation, front, out);
  }
  if constexpr (!kToBf16) {
    if (!summed) return;
    const float* bias = activated ? nullptr : front.bias();
    const ConstMatrixView residual = fusion.residual == nullptr ? ConstMatrixView() : fusion.residual->view().middle_rows(first, count);
    if (fusion.norm_after != nullptr) {
      add_norm_rows(fusion.norm_after->parameters(), residual, bias, out);
    } else {
      add_rows(residual, bias, out);
    }
  }
}

CpuTensor CpuOps::rows(const Tensor& x, const PackedBatch& batch, QueryRows rows) const {
  Tensor out(lane_->pool, batch.sequences(), x.columns());
  for (int s = 0; s < batch.sequences(); ++s) {
    const int row = rows == QueryRows::kFirst ? batch.cu_seqlens[index(s)] : batch.cu_seqlens[index(s) + 1] - 1;
    std::copy_n(x.view().row(row), x.columns(), out.view().row(s));
  }
  return out;
}

CpuTensor CpuOps::attention(const Tensor& q, const Tensor& kv, const PackedBatch& batch, const AttentionSpec& spec,
                            const RelativeTables<Tensor>& relative, QueryRows rows) const {
  Tensor out(lane_->pool, q.rows(), spec.num_heads * spec.head_dim, q.type());
  if (q.type() == ElementType::kBf16) {
    attend(q.bf16_view(), kv.bf16_view(), batch, spec, relative, rows, out.bf16_view());
  } else {
    attend(q.view(), kv.view(), batch, spec, relative, rows, out.view());
  }
  return out;
}

template <typename Value>
void CpuOps::attend(const BasicMatrixView<Value>& q, const BasicMatrixView<Value>& kv, const PackedBatch& batch, const AttentionSpec& spec,
                    const RelativeTables<Tensor>& relative, QueryRows rows, const BasicMatrixView<Value>& out) const {
  const float* rotary = spec.rope_theta > 0 ? positions_->rotary.find(spec.rope_theta, spec.head_dim) : nullptr;
  const RelativeTablePointers tables = pointers_to(relative);
  const bool disentangled = std::holds_alternative<DisentangledScores>(spec.relative);
  const auto task_of = [&](int sequence, int head, int first_query, int queries) {
    const int begin = batch.cu_seqlens[index(sequence)];
    const int row = rows == QueryRows::kAll ? begin + first_query : sequence;
    const int column = head * spec.head_dim;
    BasicHeadAttention<Value> task;
    task.q = q.row(row) + column;
    task.k = kv.row(begin) + column;
    task.v = task.k + int64_t{spec.num_heads} * spec.head_dim;
    task.out = out.row(row) + column;
    task.q_stride = q.stride;
    task.kv_stride = kv.stride;
    task.out_stride = out.stride;
    task.head_dim = spec.head_dim;
    task.window = spec.window;
    task.length = batch.length(sequence);
    task.first_query = first_query;
    task.queries = queries;
    task.rotary = rotary;
    task.precision = disentangled ? ProductPrecision::kF32 : lane_->attention_precision(task);
    task.relative = head_relative_scores(spec.relative, tables, positions_->relative.centre(), head, spec.head_dim);
    return task;
  };
  const auto run = [&](const BasicHeadAttention<Value>& task, CpuWorker& worker) {
    crossrank::attend(task, worker.attention.grow(attention_scratch_floats(task)));
  };
  for (int s = 0; s < batch.sequences(); ++s) {
    const int length = batch.length(s);
    const int first = rows == QueryRows::kLast ? length - 1 : 0;
    const int queries = rows == QueryRows::kAll ? length : 1;
    // With more threads than one, parts of a head's queries too: each packs the keys again, which is little beside 192 queries or more.
    const int wanted = lane_->threads() == 1 ? 1 : (4 * lane_->threads() + spec.num_heads - 1) / spec.num_heads;
    const int step = std::max(kQueryBlock, round_up((queries + wanted - 1) / wanted, kQueryBlock));
    const int parts = (queries + step - 1) / step;
    lane_->for_each(static_cast<int64_t>(spec.num_heads) * parts, [&](int64_t item, CpuWorker& worker) {
      const int head = static_cast<int>(item) / parts;
      const int from = static_cast<int>(item) % parts * step;
      run(task_of(s, head, first + from, std::min(step, queries - from)), worker);
    });
  }
}

CpuTensor CpuOps::neighbours(const Tensor& x, const PackedBatch& batch, int kernel) const {
  Tensor out(lane_->pool, x.rows(), x.columns() * kernel);
  for (int s = 0; s < batch.sequences(); ++s) {
    const int begin = batch.cu_seqlens[index(s)], end = batch.cu_seqlens[index(s) + 1];
    for (int t = begin; t < end; ++t) {
      float* to = out.view().row(t);
      for (int m = 0; m < kernel; ++m) {
        const int from = t + m - kernel / 2;
        const float* row = from < begin || from >= end ? nullptr : x.view().row(from);
        for (int d = 0; d < x.columns(); ++d) to[int64_t{d} * kernel + m] = row == nullptr ? 0.0f : row[d];
      }
    }
  }
  return out;
}

// Sentence Transformers' Pooling, one sequence a row, summed in double: it is read once, over all tokens.
CpuTensor CpuOps::pool(const Tensor& x, const PackedBatch& batch, Pooling pooling) const {
  if (pooling == Pooling::kCls) return rows(x, batch, QueryRows::kFirst);
  if (pooling == Pooling::kLastToken) return rows(x, batch, QueryRows::kLast);
  Tensor out(lane_->pool, batch.sequences(), x.columns());
  std::vector<double> sums(index(x.columns()));
  for (int s = 0; s < batch.sequences(); ++s) {
    const int begin = batch.cu_seqlens[index(s)];
    const int length = batch.length(s);
    std::fill(sums.begin(), sums.end(), pooling == Pooling::kMax ? -std::numeric_limits<double>::infinity() : 0.0);
    double weights = 0;
    for (int j = 0; j < length; ++j) {
      const float* row = x.view().row(begin + j);
      const double weight = pooling == Pooling::kWeightedMean ? j + 1 : 1;
      weights += weight;
      for (size_t d = 0; d < sums.size(); ++d) {
        const double value = static_cast<double>(row[d]);
        sums[d] = pooling == Pooling::kMax ? std::max(sums[d], value) : sums[d] + weight * value;
      }
    }
    const double divisor = pooling == Pooling::kMax ? 1.0 : pooling == Pooling::kMeanSqrtLength ? std::sqrt(weights) : weights;
    for (size_t d = 0; d < sums.size(); ++d) out.view().row(s)[d] = static_cast<float>(sums[d] / divisor);
  }
  return out;
}

CpuTensor CpuOps::concatenate(const Tensor& a, const Tensor& b) const {
  Tensor out(lane_->pool, a.rows(), a.columns() + b.columns());
  for (int i = 0; i < out.rows(); ++i) {
    std::copy_n(a.view().row(i), a.columns(), out.view().row(i));
    std::copy_n(b.view().row(i), b.columns(), out.view().row(i) + a.columns());
  }
  return out;
}

CpuTensor CpuOps::unit_length(const Tensor& x) const {
  Tensor out(lane_->pool, x.rows(), x.columns());
  for (int i = 0; i < out.rows(); ++i) {
    const float* row = x.view().row(i);
    double squares = 0;
    for (int d = 0; d < x.columns(); ++d) squares += static_cast<double>(row[d]) * static_cast<double>(row[d]);
    const double length = std::max(std::sqrt(squares), 1e-12);  // torch.nn.functional.normalize's floor
    for (int d = 0; d < x.columns(); ++d) out.view().row(i)[d] = static_cast<float>(static_cast<double>(row[d]) / length);
  }
  return out;
}

CpuTensor CpuOps::gather(const Tensor& x, std::span<const int32_t> places) const {
  Tensor out(lane_->pool, static_cast<int>(places.size()), x.columns(), x.type());
  std::visit(
      [&](const auto& from) {
        const auto& to = std::get<std::decay_t<decltype(from)>>(out.any_view());
        for (int i = 0; i < to.rows; ++i) std::copy_n(from.row(places[index(i)]), from.columns, to.row(i));
      },
      x.any_view());
  return out;
}

}  // namespace crossrank
