#include "rank/activation.h"

#include <algorithm>
#include <cmath>

namespace crossrank {
namespace {

void softmax(std::span<float> row) {
  const float highest = *std::max_element(row.begin(), row.end());
  float sum = 0;
  for (float& value : row) sum += value = std::exp(value - highest);
  for (float& value : row) value /= sum;
}

}  // namespace

ScoreActivation choose_activation(ActivationFunction option, ScoreActivation model) {
  switch (option) {
    case ActivationFunction::kDefault:
      return model;
    case ActivationFunction::kIdentity:
      return ScoreActivation::kIdentity;
    case ActivationFunction::kSigmoid:
      return ScoreActivation::kSigmoid;
    case ActivationFunction::kSoftmax:
      return ScoreActivation::kSoftmax;
  }
  return model;
}

void apply_score_activation(ScoreActivation activation, int num_labels, std::span<float> values) {
  switch (activation) {
    case ScoreActivation::kIdentity:
      return;
    case ScoreActivation::kSigmoid:
      for (float& value : values) value = 1.0f / (1.0f + std::exp(-value));
      return;
    case ScoreActivation::kTanh:
      for (float& value : values) value = std::tanh(value);
      return;
    case ScoreActivation::kSoftmax:
      for (size_t i = 0; i < values.size(); i += static_cast<size_t>(num_labels))
        softmax(values.subspan(i, static_cast<size_t>(num_labels)));
      return;
  }
}

}  // namespace crossrank
