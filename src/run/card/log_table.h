// The table "Training Logs" of a model card.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/model_card.h"

namespace crossrank {

/// Epoch, step, training loss, validation loss, other losses, then evaluators' metrics in the order in which they came first; "-" where
/// a row has no value. The row of `saved_step` is bold.
std::string log_table(const std::vector<CardLogRow>& rows, std::optional<int64_t> saved_step);

bool log_has_step(const std::vector<CardLogRow>& rows, std::optional<int64_t> step);

}  // namespace crossrank
