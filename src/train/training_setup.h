// TrainingSetup: what a run is made of, from its recipe: model, loss, rows, their order, evaluators. All that can be wrong is found here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "eval/evaluator.h"
#include "run/batch_order.h"
#include "run/card/dataset_statistics.h"
#include "run/run_plan.h"
#include "run/schedule.h"
#include "torch/processes.h"
#include "torch/torch_model.h"
#include "train/loss.h"
#include "train/model_scorer.h"
#include "train/recipe.h"
#include "train/train_data.h"
#include "train/train_step.h"

namespace crossrank {

struct TrainingSetup {
  std::unique_ptr<TorchModel> model;
  std::unique_ptr<Loss> loss;
  std::unique_ptr<ModelScorer> scorer;
  std::unique_ptr<TrainData> data, eval_data;  // eval_data may be null
  DatasetSummary data_summary, eval_summary;   // for the card
  std::string data_commit, eval_commit;        // of data sets of the Hub
  std::unique_ptr<BatchOrder> order;
  std::vector<std::unique_ptr<Evaluator>> evaluators;
  RunPlan plan;
  std::unique_ptr<Schedule> schedule;

  /// Error as train() says it.
  static TrainingSetup make(const Recipe& recipe, Processes& processes);

  /// A batch of these rows of `from`, tokenized. `draw` seeds what the loss draws. May be called from several threads.
  TrainBatch batch(const TrainData& from, const BatchRows& rows, uint64_t draw) const;
};

}  // namespace crossrank
