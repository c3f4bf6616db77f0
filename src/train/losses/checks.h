// The checks that losses share: what a data set must offer, told in one sentence.
#pragma once

#include <string_view>

#include "train/loss.h"

namespace crossrank {

/// Error(kUsage) where a loss that reads one logit a pair gets a model with more.
void check_one_label(std::string_view loss, int num_labels);

/// Error(kInput): "WHERE: LOSS takes TAKES, and ...", with the columns that are there.
[[noreturn]] void refuse_shape(std::string_view loss, const DatasetShape& shape, std::string_view takes);

/// Error(kInput) for a label that is NaN or infinite, or would be in f32.
void check_finite(std::string_view loss, const LossRow& row);

/// Text columns `first` and `second` side by side.
void append_pairs(const LossBatch& batch, size_t first, size_t second, LossPairs& pairs);

}  // namespace crossrank
