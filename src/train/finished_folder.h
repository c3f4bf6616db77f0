// The finished folder: the trained model, its card, and where the recipe says so the push to the Hub.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "run/model_card.h"
#include "run/trainer_state.h"
#include "train/recipe.h"
#include "train/recipe_evaluators.h"
#include "train/run_state.h"
#include "train/training_setup.h"

namespace crossrank {

/// What a run leaves to be written down.
struct FinishedRun {
  const Recipe& recipe;
  const TrainingSetup& setup;
  const TrainerState& state;
  const Evaluations& evaluations;     // of the model that is saved
  std::optional<int64_t> saved_step;  // whose weights the model has
  RunTimes times = {};
  int processes = 1;
};

/// Rows of the card's training log: every record of the history with a loss or a primary metric, one row a step.
std::vector<CardLogRow> card_log(const TrainerState& state, const Evaluations& evaluations);

/// The card, all but the evaluator's own words made of the run.
ModelCard card_of(const FinishedRun& run);

/// Writes the model into recipe.output_dir, each file whole, then README.md and trainer_state.json, and pushes where the recipe says so.
/// Error(kIo, kHub).
void write_finished_folder(const FinishedRun& run, const std::function<void(const std::string& sentence)>& say);

}  // namespace crossrank
