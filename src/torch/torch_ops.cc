#include "torch/torch_ops.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <mutex>

#include "torch/activation.h"
#include "torch/attention.h"
#include "torch/autocast.h"
#include "torch/cpu_functions.h"
#include "torch/recompute.h"

namespace crossrank {
namespace {

static_assert(TrainingOps<TorchOps>);

// An operand as a product of that precision sees it; what comes back is rounded in the same way.
at::Tensor rounded(const at::Tensor& x, TrainPrecision precision) {
  return precision == TrainPrecision::kF32 ? x : x.to(operand_type(precision)).to(at::kFloat);
}

// For masks that are a function of a seed: drawn like every other number, so that a run repeats.
uint64_t draw_seed() {
  at::Generator generator = at::globalContext().defaultGenerator(at::Device(at::kCPU));
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

}  // namespace

TorchOps::TorchOps(const TorchRun& run, std::shared_ptr<const ParameterOfTensor> parameters, std::shared_ptr<const BatchTensors> batch)
    : run_(run), parameters_(std::move(parameters)), batch_(std::move(batch)) {}

at::Tensor TorchOps::put_together(const WeightSource& source) const {
  std::vector<at::Tensor> pieces;
  for (const WeightPiece& piece : source.pieces) {
    const at::Tensor& parameter = parameters_->at(piece.tensor);
    pieces.push_back(piece.rows == parameter.size(0) ? parameter : parameter.narrow(0, piece.first_row, piece.rows));
  }
  if (pieces.empty()) return {};
  const at::Tensor whole = pieces.size() == 1 ? pieces.front() : at::cat(pieces, 0);
  return whole.dim() > 2 ? whole.flatten(1) : whole;  // a convolution's, as rows
}

at::Tensor TorchOps::embed(const PackedBatch& packed, const EmbeddingTables<Embedding, Norm>& tables) const {
  Tensor x = at::embedding(*tables.word, batch_->ids, tables.padding_row);
  if (tables.type != nullptr) x = x + at::embedding(*tables.type, batch_->type_ids);
  if (tables.position != nullptr) {
    const bool own = tables.positions == &packed.position_ids;  // which are on the device already
    x = x +
        at::embedding(*tables.position, own ? batch_->positions : indices_on_device(*tables.positions, run_.device), tables.padding_row);
  }
  return tables.norm == nullptr ? x : norm(x, *tables.norm);
}

at::Tensor TorchOps::norm(const Tensor& x, const Norm& norm) const {
  if (uses_kernels()) return cpu_functions::norm(x, norm.weight, norm.bias, norm.eps);
  return at::layer_norm(x, {x.size(1)}, norm.weight, norm.bias, norm.eps);
}

at::Tensor TorchOps::product(const Tensor& x, const Linear& linear, bool operand) const {
  if (uses_kernels()) return cpu_functions::linear(x, linear.weight, linear.bias, run_.precision, operand);
  if (!run_.device.is_cpu()) return at::linear(x, linear.weight, linear.bias);  // autocast rounds
  const Tensor y = at::linear(rounded(x, run_.precision), rounded(linear.weight, run_.precision), linear.bias);
  return operand ? rounded(y, run_.precision) : y;
}

at::Tensor TorchOps::activate(const Tensor& x, ActivationKind kind) const {
  const bool changes = kind != ActivationKind::kIdentity;
  return changes && uses_kernels() ? cpu_functions::activation(x, kind) : composed_activation(x, kind);
}

at::Tensor TorchOps::linear(const Tensor& input, const Linear& linear, const Fusion& fusion) const {
  Tensor x = product(fusion.norm_before == nullptr ? input : norm(input, *fusion.norm_before), linear, fusion.operand);
  x = dropout(x, fusion.dropout_before_activation);
  if (!fusion.gated) {
    x = activate(x, fusion.activation);
  } else if (uses_kernels()) {
    x = cpu_functions::gated(x, fusion.activation);
  } else {
    const std::vector<at::Tensor> halves = x.chunk(2, 1);
    x = activate(halves[0], fusion.activation) * halves[1];
  }
  x = dropout(x, fusion.dropout);
  if (fusion.residual != nullptr) x = *fusion.residual + x;
  return fusion.norm_after == nullptr ? x : norm(x, *fusion.norm_after);
}

at::Tensor TorchOps::columns(const Tensor& x, int first, int count) const { return x.narrow(1, first, count); }

std::pair<at::Tensor, at::Tensor> TorchOps::split(const Tensor& x, int first) const {
  const std::vector<at::Tensor> parts = x.split_with_sizes({first, x.size(1) - first}, 1);
  return {parts[0], parts[1]};
}

at::Tensor TorchOps::rows(const Tensor& x, const PackedBatch&, QueryRows rows) const { return x.index_select(0, batch_->rows(rows)); }

at::Tensor TorchOps::attention(const Tensor& q, const Tensor& kv, const PackedBatch&, const AttentionSpec& spec,
                               const RelativeTables<Tensor>& relative, QueryRows rows) const {
  const double dropped = run_.train ? spec.dropout : 0;
  if (uses_kernels()) return cpu_functions::attention(q, kv, batch(), spec, relative, rows, dropped, dropped > 0 ? draw_seed() : 0);
  const AttentionInput input = {q, kv, *batch_, spec, relative, rows, dropped};
  return run_.device.is_cpu() ? looped_attention(input) : padded_attention(input);
}

at::Tensor TorchOps::neighbours(const Tensor& x, const PackedBatch& packed, int kernel) const {
  const int none = packed.tokens();  // a row of zeros behind the last
  std::vector<int32_t> sources;      // [tokens, kernel]
  for (int s = 0; s < packed.sequences(); ++s) {
    const int begin = packed.cu_seqlens[static_cast<size_t>(s)], end = packed.cu_seqlens[static_cast<size_t>(s) + 1];
    for (int t = begin; t < end; ++t) {
      for (int m = 0; m < kernel; ++m) {
        const int from = t + m - kernel / 2;
        sources.push_back(from < begin || from >= end ? none : from);
      }
    }
  }
  const Tensor padded = at::cat({x, at::zeros({1, x.size(1)}, x.options())}, 0);
  const Tensor rows = padded.index_select(0, indices_on_device(sources, run_.device));
  return rows.reshape({x.size(0), kernel, x.size(1)}).transpose(1, 2).reshape({x.size(0), x.size(1) * kernel});
}

// Sentence Transformers' Pooling.
at::Tensor TorchOps::pool(const Tensor& x, const PackedBatch& packed, Pooling pooling) const {
  if (pooling == Pooling::kCls) return rows(x, packed, QueryRows::kFirst);
  if (pooling == Pooling::kLastToken) return rows(x, packed, QueryRows::kLast);
  if (pooling == Pooling::kMax) {
    std::vector<at::Tensor> highest;
    for (const at::Tensor& sequence : x.split_with_sizes(batch_->lengths)) highest.push_back(sequence.amax(0));
    return at::stack(highest);
  }
  const auto sums = [&](const at::Tensor& values) {  // [sequences, columns]
    return at::zeros({packed.sequences(), values.size(1)}, values.options()).index_add(0, batch_->sequence_of, values);
  };
  const at::Tensor wide = x.to(at::kFloat);
  if (pooling == Pooling::kWeightedMean) {
    const at::Tensor weights = (batch_->positions + 1).to(at::kFloat).unsqueeze(1);
    return sums(wide * weights) / sums(weights);
  }
  const at::Tensor count = batch_->lengths_on_device.to(at::kFloat).unsqueeze(1);
  return sums(wide) / (pooling == Pooling::kMeanSqrtLength ? count.sqrt() : count);
}

at::Tensor TorchOps::concatenate(const Tensor& a, const Tensor& b) const { return at::cat({a, b}, 1); }

at::Tensor TorchOps::unit_length(const Tensor& x) const {
  return x / x.norm(2, {1}, true).clamp_min(1e-12);  // torch.nn.functional.normalize's floor
}

at::Tensor TorchOps::dropout(const Tensor& x, double probability) const {
  if (!run_.train || probability <= 0) return x;
  return uses_kernels() ? cpu_functions::dropout(x, probability, draw_seed()) : at::dropout(x, probability, true);
}

at::Tensor TorchOps::layer(const LayerWeights<TorchOps>& weights, const Tensor& x, LayerFunction function) const {
  if (run_.recompute && c10::GradMode::is_enabled()) return recompute_layer(*this, weights, x, std::move(function));
  return function(*this, weights, batch(), x);
}

}  // namespace crossrank
