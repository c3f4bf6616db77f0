#include "torch/new_head.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

namespace crossrank {
namespace {

// Draws all elements again for those that fell outside, until none does: the rejection of PyTorch 2.15's trunc_normal_,
// of which the numbers at a seed are part.
at::Tensor truncated_normal(const at::Tensor& like, double std, double cutoff, const at::Generator& generator) {
  at::Tensor result = at::empty_like(like).normal_(0, std, generator);
  const auto bound = static_cast<float>(cutoff * std);  // in the weights' own type
  while (true) {
    const at::Tensor outside = result.abs() > bound;
    if (!outside.any().item<bool>()) return result;
    result = at::where(outside, at::empty_like(result).normal_(0, std, generator), result);
  }
}

}  // namespace

at::Generator make_generator(uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

at::Tensor new_weights(const ModelTensor& tensor, const ModelFolder& model, at::Generator& generator) {
  const TensorRow& row = *tensor.row;
  if (row.part == TensorPart::kBias) return at::zeros(row.shape);
  if (row.shape.size() == 1) return at::ones(row.shape);
  const HeadInitialisation& how = model.head_initialisation;
  const at::Tensor drawn = at::zeros(row.shape).normal_(0, how.std, generator);
  return how.cutoff > 0 ? truncated_normal(drawn, how.final_std[static_cast<size_t>(row.layer)], how.cutoff, generator) : drawn;
}

}  // namespace crossrank
