// What losses share: checks of what a data set offers, told in one sentence, and pairs of two columns.
#pragma once

#include <string_view>

#include "train/loss.h"

namespace crossrank {

/// Error(kUsage) where a loss that reads one logit a pair gets a model with more.
void check_one_label(std::string_view loss, int num_labels);

/// No column is a list.
bool has_texts_alone(const DatasetShape& shape);

/// Error(kInput): "WHERE: LOSS takes TAKES, and ...", with the columns that are there.
[[noreturn]] void refuse_shape(std::string_view loss, const DatasetShape& shape, std::string_view takes);

/// Error(kInput) for a label that is NaN or infinite, or would be in f32.
void check_finite(std::string_view loss, const LossRow& row);

/// Text columns `first` and `second` side by side.
void append_pairs(const LossBatch& batch, size_t first, size_t second, std::vector<TextPair>& pairs);

}  // namespace crossrank
