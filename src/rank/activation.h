// Logits to scores.
#pragma once

#include <span>

#include "arch/settings.h"
#include "crossrank/options.h"

namespace crossrank {

/// The activation to apply: the option, or where it is kDefault the model's own.
ScoreActivation choose_activation(ActivationFunction option, ScoreActivation model);

/// Turns rows of `num_labels` logits into scores, in place: `values` [pairs, num_labels].
void apply_score_activation(ScoreActivation activation, int num_labels, std::span<float> values);

}  // namespace crossrank
