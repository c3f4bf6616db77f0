#include "arch/spec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace crossrank {

std::optional<ActivationKind> activation_from_name(std::string_view name) {
  // Transformers' ACT2FN; "gelu_fast" and "gelu_new" write the same tanh form with other roundings of sqrt(2 / pi).
  static constexpr std::array<std::pair<std::string_view, ActivationKind>, 13> kNames = {{
      {"gelu", ActivationKind::kGelu},
      {"gelu_python", ActivationKind::kGelu},
      {"gelu_new", ActivationKind::kGeluTanh},
      {"gelu_pytorch_tanh", ActivationKind::kGeluTanh},
      {"gelu_python_tanh", ActivationKind::kGeluTanh},
      {"gelu_fast", ActivationKind::kGeluTanh},
      {"gelu_accurate", ActivationKind::kGeluTanh},
      {"relu", ActivationKind::kRelu},
      {"silu", ActivationKind::kSilu},
      {"swish", ActivationKind::kSilu},
      {"tanh", ActivationKind::kTanh},
      {"sigmoid", ActivationKind::kSigmoid},
      {"linear", ActivationKind::kIdentity},
  }};
  for (const auto& entry : kNames) {
    if (entry.first == name) return entry.second;
  }
  return std::nullopt;
}

// As Transformers' make_log_bucket_position has it, in f32: at a bucket's edge the rounding decides.
int row_of_distance(const DisentangledScores& scores, int distance) {
  int place = distance;
  const int middle = scores.buckets / 2, size = std::abs(distance);
  if (scores.buckets > 0 && size > middle) {
    const auto edge = static_cast<float>(static_cast<double>(scores.max_distance - 1) / middle);
    const float share = std::log(static_cast<float>(size) / static_cast<float>(middle)) / std::log(edge);
    place = static_cast<int>(std::ceil(share * static_cast<float>(middle - 1))) + middle;
    if (distance < 0) place = -place;
  }
  return std::clamp(place + scores.span, 0, 2 * scores.span - 1);
}

// As Transformers' relative_position_bucket of MPNet has it, in f32 for the same reason.
int row_of_distance(const DistanceBias& scores, int distance) {
  const int side = scores.buckets / 2, exact = side / 2, size = std::abs(distance);
  const int behind = distance < 0 ? side : 0;
  if (size < exact) return behind + size;
  const auto edge = static_cast<float>(std::log(static_cast<double>(scores.max_distance) / exact));
  const float share = std::log(static_cast<float>(size) / static_cast<float>(exact)) / edge;
  return behind + std::min(exact + static_cast<int>(share * static_cast<float>(side - exact)), side - 1);
}

QueryRows rows_read(const HeadSpec& head) {
  if (head.pooling.size() != 1) return QueryRows::kAll;
  if (head.pooling.front() == Pooling::kCls) return QueryRows::kFirst;
  if (head.pooling.front() == Pooling::kLastToken) return QueryRows::kLast;
  return QueryRows::kAll;
}

}  // namespace crossrank
