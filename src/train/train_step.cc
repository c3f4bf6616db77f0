#include "train/train_step.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>

#include "torch/random_state.h"

namespace crossrank {
namespace {

// torch.amp.GradScaler's defaults.
constexpr double kFirstScale = 65536;
constexpr int64_t kGrowthInterval = 2000;

void require_number(double loss, const TrainBatch& batch) {
  if (!std::isfinite(loss)) throw LossIsNoNumber{loss, batch.rows};
}

}  // namespace

TrainStep::TrainStep(TorchModel& model, const ModelScorer& scorer, const Loss& loss, Optimizer& optimizer, Processes& processes,
                     const StepOptions& options)
    : model_(&model), scorer_(&scorer), loss_(&loss), optimizer_(&optimizer), processes_(&processes), options_(options) {
  if (options.scale_loss) loss_scale_ = kFirstScale;
}

double TrainStep::accumulate(const TrainBatch& batch, double weight) {
  const at::Tensor value = loss_->value(scorer_->logits(batch.encodings), batch.texts);
  const double loss = value.item<double>();
  require_number(loss, batch);
  value.mul(weight * loss_scale_).backward();
  return loss;
}

// GradCache: all logits without a graph, their gradients, then part by part again with a graph, dropout drawn the same.
double TrainStep::accumulate_cached(const TrainBatch& batch, double weight) {
  const auto part_pairs = static_cast<size_t>(loss_->cached_pairs());
  const std::span<const Encoding> all = batch.encodings;
  std::vector<at::Tensor> parts;
  std::vector<RandomState> states;
  {
    const at::NoGradGuard no_graph;
    for (size_t first = 0; first < all.size(); first += part_pairs) {
      states.push_back(RandomState::of(model_->device()));
      parts.push_back(scorer_->logits(all.subspan(first, std::min(part_pairs, all.size() - first))));
    }
  }
  at::Tensor logits = at::cat(parts).set_requires_grad(true);
  const at::Tensor value = loss_->value(logits, batch.texts);
  const double loss = value.item<double>();
  require_number(loss, batch);
  value.mul(weight * loss_scale_).backward();
  const RandomState after = RandomState::of(model_->device());
  size_t first = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    states[i].restore();
    const size_t count = std::min(part_pairs, all.size() - first);
    const at::Tensor again = scorer_->logits(all.subspan(first, count));
    again.backward(logits.grad().slice(0, static_cast<int64_t>(first), static_cast<int64_t>(first + count)));
    first += count;
  }
  after.restore();
  return loss;
}

// One message for all gradients: the order of parameters is every process's.
void TrainStep::average_over_processes() {
  if (processes_->size() == 1) return;
  const at::NoGradGuard no_graph;
  std::vector<at::Tensor> gradients;
  for (const TorchParameter& parameter : optimizer_->parameters()) {
    at::Tensor value = parameter.value;
    if (!value.requires_grad()) continue;
    if (!value.grad().defined()) value.mutable_grad() = at::zeros_like(value);
    gradients.push_back(value.grad());
  }
  std::vector<at::Tensor> flat_parts;
  for (const at::Tensor& gradient : gradients) flat_parts.push_back(gradient.reshape({-1}));
  at::Tensor flat = at::cat(flat_parts);
  processes_->sum(flat);
  flat.div_(processes_->size());
  int64_t first = 0;
  for (at::Tensor& gradient : gradients) {
    gradient.copy_(flat.slice(0, first, first + gradient.numel()).view_as(gradient));
    first += gradient.numel();
  }
}

StepResult TrainStep::run(std::span<const TrainBatch> batches, double learning_rate) {
  StepResult result;
  optimizer_->zero_gradients();
  model_->train(true);
  const double weight = 1.0 / static_cast<double>(batches.size());
  for (const TrainBatch& batch : batches) {
    result.loss += weight * (loss_->cached_pairs() > 0 ? accumulate_cached(batch, weight) : accumulate(batch, weight));
    result.pairs += static_cast<int64_t>(batch.encodings.size());
    for (const Encoding& encoding : batch.encodings) result.tokens += encoding.length();
  }
  model_->train(false);
  average_over_processes();
  result.gradient_norm = optimizer_->clip_gradients(options_.max_grad_norm, 1 / loss_scale_);
  if (options_.scale_loss && !std::isfinite(result.gradient_norm)) {  // fp16 overflowed: the scale is lowered instead of a step
    loss_scale_ /= 2;
    good_steps_ = 0;
    return result;
  }
  optimizer_->step(learning_rate);
  if (options_.scale_loss && ++good_steps_ == kGrowthInterval) {
    loss_scale_ *= 2;
    good_steps_ = 0;
  }
  return result;
}

}  // namespace crossrank
