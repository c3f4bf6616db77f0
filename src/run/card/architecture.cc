#include "run/card/architecture.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "run/card/python_text.h"

namespace crossrank {
namespace {

std::string_view activation_name(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::kIdentity:
      return "identity";
    case ActivationKind::kGelu:
      return "gelu";
    case ActivationKind::kGeluTanh:
      return "gelu (tanh)";
    case ActivationKind::kRelu:
      return "relu";
    case ActivationKind::kSilu:
      return "silu";
    case ActivationKind::kTanh:
      return "tanh";
    case ActivationKind::kSigmoid:
      return "sigmoid";
  }
  return "";
}

std::string_view pooling_name(Pooling pooling) {
  switch (pooling) {
    case Pooling::kCls:
      return "first token";
    case Pooling::kLastToken:
      return "last token";
    case Pooling::kMean:
      return "mean of the tokens";
    case Pooling::kMeanSqrtLength:
      return "sum of the tokens over the root of their number";
    case Pooling::kWeightedMean:
      return "mean of the tokens, weighted by their place";
    case Pooling::kMax:
      return "maximum of the tokens";
  }
  return "";
}

std::string step_text(const LinearStep& step) {
  const std::string_view residual = step.residual ? ", added to its input" : "";
  const std::string activation = step.activation == ActivationKind::kIdentity ? "" : fmt::format(", {}", activation_name(step.activation));
  return fmt::format("linear {} -> {}{}{}", step.in_features, step.out_features, activation, residual);
}
std::string step_text(const NormStep& step) { return fmt::format("layer norm {}", step.features); }
std::string step_text(const UnitLengthStep&) { return "unit length"; }
std::string step_text(const DropoutStep& step) { return fmt::format("dropout {}", step.probability); }

bool has_relative_scores(const EncoderSpec& encoder) {
  return !encoder.layers.empty() && !std::holds_alternative<NoRelativeScores>(encoder.layers.front().attention.relative);
}

std::string positions_text(const EncoderSpec& encoder) {
  const bool relative = has_relative_scores(encoder);
  if (encoder.learned_positions) return fmt::format("{} learned positions{}", encoder.max_positions, relative ? " and relative ones" : "");
  return relative ? "relative positions" : "rotary positions";
}

std::string embeddings_text(const EncoderSpec& encoder) {
  return fmt::format("{} tokens, {}", with_commas(encoder.vocab_size), positions_text(encoder));
}

std::string layers_text(const EncoderSpec& encoder) {
  if (encoder.layers.empty()) return "no layers";
  const LayerSpec& layer = encoder.layers.front();
  std::string text =
      fmt::format("{}, {} layers of width {}, {} heads, MLP {} wide ({}{})", encoder.model_type, encoder.layers.size(), encoder.hidden_size,
                  layer.attention.num_heads, encoder.intermediate_size, layer.gated ? "gated " : "", activation_name(layer.activation));
  const auto local =
      std::find_if(encoder.layers.begin(), encoder.layers.end(), [](const LayerSpec& one) { return one.attention.window > 0; });
  if (local == encoder.layers.end()) return text;
  const auto count =
      std::count_if(encoder.layers.begin(), encoder.layers.end(), [](const LayerSpec& one) { return one.attention.window > 0; });
  return text + fmt::format("; {} of them local: {} tokens on each side", count, local->attention.window);
}

}  // namespace

std::string architecture_text(const ModelFolder& model) {
  std::vector<std::string_view> pooling;
  for (const Pooling one : model.head.pooling) pooling.push_back(pooling_name(one));
  std::vector<std::string> steps;
  for (const HeadStep& step : model.head.steps) {
    const auto* dropout = std::get_if<DropoutStep>(&step);
    if (dropout != nullptr && dropout->probability == 0) continue;
    steps.push_back(std::visit([](const auto& one) { return step_text(one); }, step));
  }
  const std::string name = model.classifier_class.empty() ? "CrossEncoder" : model.classifier_class;
  return fmt::format("{}\n  embeddings: {}\n  encoder:    {}\n  pooling:    {}\n  head:       {}\n  score:      {}\n  parameters: {}", name,
                     embeddings_text(model.encoder), layers_text(model.encoder), fmt::join(pooling, ", "), fmt::join(steps, "; "),
                     score_activation_name(model.activation), with_commas(model.parameters));
}

}  // namespace crossrank
