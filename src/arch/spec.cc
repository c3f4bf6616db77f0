#include "arch/spec.h"

#include <array>
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

QueryRows rows_read(const HeadSpec& head) {
  if (head.pooling.size() != 1) return QueryRows::kAll;
  if (head.pooling.front() == Pooling::kCls) return QueryRows::kFirst;
  if (head.pooling.front() == Pooling::kLastToken) return QueryRows::kLast;
  return QueryRows::kAll;
}

}  // namespace crossrank
