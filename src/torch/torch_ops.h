// TorchOps: EncoderOps on libtorch tensors, with a graph behind them. Composed from libtorch's operations (the oracle, on any device),
// or on a CPU from the functions over our own kernels.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

#include "arch/model_folder.h"
#include "model/ops.h"
#include "model/weights.h"
#include "torch/batch_tensors.h"
#include "torch/torch_model.h"

namespace crossrank {

/// The parameter that holds the values of a checkpoint's tensor.
using ParameterOfTensor = std::unordered_map<const TensorView*, at::Tensor>;

/// How a forward pass runs.
struct TorchRun {
  c10::Device device = c10::kCPU;
  TrainPrecision precision = TrainPrecision::kF32;
  bool plain = false;      // libtorch's own operations alone
  bool train = false;      // dropout
  bool recompute = false;  // of layers, on the way back
};

/// For one batch. Copies are cheap and share it.
class TorchOps {
 public:
  using Tensor = at::Tensor;
  using Embedding = at::Tensor;  // [rows, hidden]
  struct Linear {
    at::Tensor weight;  // [out_features, in_features]
    at::Tensor bias;    // [out_features], or undefined
  };
  struct Norm {
    at::Tensor weight, bias;  // [features]; bias may be undefined
    double eps = 0;
  };
  using Fusion = LinearFusion<Norm, Tensor>;
  using LayerFunction = std::function<Tensor(const TorchOps&, const LayerWeights<TorchOps>&, const PackedBatch&, const Tensor&)>;

  TorchOps(const TorchRun& run, std::shared_ptr<const ParameterOfTensor> parameters, std::shared_ptr<const BatchTensors> batch);

  /// Parameters and what is put together from them, so that gradients flow back into each.
  Embedding make_embedding(const WeightSource& source) const { return put_together(source); }
  Tensor make_tensor(const WeightSource& source) const { return put_together(source); }
  Linear make_linear(const LinearSource& source, LinearUse) const { return {put_together(source.weight), put_together(source.bias)}; }
  Norm make_norm(const LinearSource& source, float eps) const { return {put_together(source.weight), put_together(source.bias), eps}; }

  Tensor embed(const PackedBatch& batch, const EmbeddingTables<Embedding, Norm>& tables) const;
  Tensor norm(const Tensor& x, const Norm& norm) const;
  Tensor linear(const Tensor& x, const Linear& linear, const Fusion& fusion) const;
  Tensor columns(const Tensor& x, int first, int count) const;
  std::pair<Tensor, Tensor> split(const Tensor& x, int first) const;
  Tensor rows(const Tensor& x, const PackedBatch& batch, QueryRows rows) const;
  Tensor attention(const Tensor& q, const Tensor& kv, const PackedBatch& batch, const AttentionSpec& spec,
                   const RelativeTables<Tensor>& relative, QueryRows rows) const;
  Tensor neighbours(const Tensor& x, const PackedBatch& batch, int kernel) const;
  Tensor pool(const Tensor& x, const PackedBatch& batch, Pooling pooling) const;
  Tensor concatenate(const Tensor& a, const Tensor& b) const;
  Tensor unit_length(const Tensor& x) const;

  Tensor dropout(const Tensor& x, double probability) const;
  /// function(*this, weights, batch, x); with TorchRun::recompute only x and the weights are kept for the way back.
  Tensor layer(const LayerWeights<TorchOps>& weights, const Tensor& x, LayerFunction function) const;

  const TorchRun& run() const { return run_; }
  const PackedBatch& batch() const { return batch_->packed; }

 private:
  Tensor put_together(const WeightSource& source) const;
  Tensor product(const Tensor& x, const Linear& linear, bool operand) const;
  Tensor activate(const Tensor& x, ActivationKind kind) const;
  bool uses_kernels() const { return run_.device.is_cpu() && !run_.plain; }

  TorchRun run_;
  std::shared_ptr<const ParameterOfTensor> parameters_;
  std::shared_ptr<const BatchTensors> batch_;
};

}  // namespace crossrank
