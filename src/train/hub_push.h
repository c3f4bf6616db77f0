// hub_push: the trained model to the Hub, at the end of a run and where the recipe says so after each checkpoint.
#pragma once

#include <functional>
#include <string>

#include "run/checkpoint_folder.h"
#include "train/recipe.h"

namespace crossrank {

using Say = std::function<void(const std::string& sentence)>;

/// Error(kUsage, kHub) where the recipe asks for a push that can never come to anything: a repository's id that is none, no token, offline.
/// Nothing is asked of the Hub.
void check_push(const Recipe& recipe);

/// Pushes output_dir as it is, without checkpoints. Error(kHub, kIo); the folder is as it was, and `crossrank push` can have another try.
void push_trained(const Recipe& recipe, const Say& say);

/// With hub_strategy every_save: the model of a checkpoint, without what only a run that goes on needs. What goes wrong is said, and the
/// training goes on.
void push_checkpoint(const Recipe& recipe, const Checkpoint& checkpoint, const Say& say);

}  // namespace crossrank
