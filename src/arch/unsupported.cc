#include "arch/unsupported.h"

#include <algorithm>
#include <array>
#include <utility>

#include "arch/registry.h"
#include "base/error.h"

namespace crossrank {
namespace {

constexpr std::string_view kEncoderDecoder =
    "an encoder and a decoder, which answers with a word (as monoT5 does) and scores by its probability: crossrank has no decoder yet";
constexpr std::string_view kDecoder =
    "a decoder, which scores by the probability of a word or from its last token: crossrank has no attention that looks back alone yet";
constexpr std::string_view kDebertaV1 =
    "DeBERTa of the first version, whose queries, keys and values are one matrix without biases: not done yet; versions 2 and 3 are "
    "(deberta-v2)";
constexpr std::string_view kAlbert = "an encoder whose layers share their weights: not done yet";
constexpr std::string_view kSparse = "an encoder whose attention leaves out most pairs of tokens: not done yet";
constexpr std::string_view kPermuted = "XLNet, with attention in two streams: not done yet";
constexpr std::string_view kOwnCode = "an encoder that comes with Python code of its own, which crossrank does not run";
constexpr std::string_view kPreNormRoberta = "a RoBERTa with other norms or sizes than the usual one: not done yet";

constexpr std::array<std::pair<std::string_view, std::string_view>, 30> kReasons = {{
    {"t5", kEncoderDecoder},
    {"mt5", kEncoderDecoder},
    {"umt5", kEncoderDecoder},
    {"t5gemma", kEncoderDecoder},
    {"bart", kEncoderDecoder},
    {"mbart", kEncoderDecoder},
    {"qwen2", kDecoder},
    {"qwen3", kDecoder},
    {"gemma", kDecoder},
    {"gemma2", kDecoder},
    {"gemma3", kDecoder},
    {"gemma3_text", kDecoder},
    {"llama", kDecoder},
    {"mistral", kDecoder},
    {"phi3", kDecoder},
    {"minicpm", kDecoder},
    {"gpt2", kDecoder},
    {"gpt_neox", kDecoder},
    {"olmo2", kDecoder},
    {"deberta", kDebertaV1},
    {"albert", kAlbert},
    {"longformer", kSparse},
    {"big_bird", kSparse},
    {"xlnet", kPermuted},
    {"nomic_bert", kOwnCode},
    {"new", kOwnCode},
    {"jina_bert", kOwnCode},
    {"xlm-roberta-flash", kOwnCode},
    {"roberta-prelayernorm", kPreNormRoberta},
    {"xlm-roberta-xl", kPreNormRoberta},
}};

}  // namespace

std::string_view why_unsupported(std::string_view model_type) {
  const auto found = std::find_if(kReasons.begin(), kReasons.end(), [&](const auto& entry) { return entry.first == model_type; });
  return found == kReasons.end() ? std::string_view() : found->second;
}

void refuse_late_interaction(const JsonObject& config) {
  if (!config.has("architectures")) return;
  for (const std::string& name : config.strings("architectures")) {
    if (name.find("ColBERT") == std::string::npos) continue;
    throw error(ErrorCode::kUnsupported,
                "{}: field architectures: {}: a model of late interaction (ColBERT) has a vector a token and no "
                "score of a pair, which crossrank does not compute yet",
                config.where(), name);
  }
}

void refuse_architecture(const JsonObject& config, std::string_view model_type) {
  const std::string_view reason = why_unsupported(model_type);
  if (!reason.empty()) {
    throw error(ErrorCode::kUnsupported, "{}: field model_type: \"{}\" is {}; crossrank has {}", config.where(), model_type, reason,
                known_architectures());
  }
  throw error(ErrorCode::kUnsupported, "{}: field model_type: \"{}\" is not an architecture that crossrank has ({})", config.where(),
              model_type, known_architectures());
}

}  // namespace crossrank
