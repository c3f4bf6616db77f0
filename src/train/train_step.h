// TrainStep: one step of the optimizer: the losses of its batches, their gradients, clipped, applied.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/encoding.h"
#include "torch/processes.h"
#include "torch/torch_model.h"
#include "train/loss.h"
#include "train/model_scorer.h"
#include "train/optimizer.h"

namespace crossrank {

/// Rows of the data set, made ready ahead of the step.
struct TrainBatch {
  std::vector<int64_t> rows;
  LossBatch texts;
  std::vector<Encoding> encodings;  // of the loss's pairs, in their order
};

struct StepOptions {
  double max_grad_norm = 1;  // 0: never clipped
  bool scale_loss = false;   // fp16: losses are scaled so that small gradients do not vanish
};

struct StepResult {
  double loss = 0;           // mean over the step's batches; of this process alone
  double gradient_norm = 0;  // before clipping, over all processes
  int64_t pairs = 0;
  int64_t tokens = 0;
};

/// A loss that is no number ends the run before the weights are touched.
struct LossIsNoNumber {
  double loss;
  std::vector<int64_t> rows;
};

/// Everything it is made of must outlive it.
class TrainStep {
 public:
  TrainStep(TorchModel& model, const ModelScorer& scorer, const Loss& loss, Optimizer& optimizer, Processes& processes,
            const StepOptions& options);

  /// The batches' gradients are averaged (gradient accumulation), then the processes'. Throws LossIsNoNumber.
  StepResult run(std::span<const TrainBatch> batches, double learning_rate);

  double loss_scale() const { return loss_scale_; }
  void set_loss_scale(double scale) { loss_scale_ = scale; }

 private:
  double accumulate(const TrainBatch& batch, double weight);
  double accumulate_cached(const TrainBatch& batch, double weight);
  void average_over_processes();

  TorchModel* model_;
  const ModelScorer* scorer_;
  const Loss* loss_;
  Optimizer* optimizer_;
  Processes* processes_;
  StepOptions options_;
  double loss_scale_ = 1;
  int64_t good_steps_ = 0;  // since the scale was last changed
};

}  // namespace crossrank
