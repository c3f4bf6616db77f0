// Settings beside the weights: the activation of the scores, the longest sequence, prompts; resolved as Sentence Transformers 6 does.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arch/spec.h"
#include "base/json.h"

namespace crossrank {

/// What turns a model's logits into its scores.
enum class ScoreActivation { kIdentity, kSigmoid, kSoftmax, kTanh };
std::string_view score_activation_name(ScoreActivation activation);

/// Configuration files are small; this is a thousand times the usual.
inline constexpr size_t kMaxConfigBytes = 16 << 20;

/// A JSON file of a folder, or nothing when it is not there.
std::optional<Json> read_json_if_there(const std::filesystem::path& file);

/// The class at the end of a dotted path ("torch.nn.modules.activation.Tanh" -> "Tanh"), or nothing when the path does not begin with
/// "torch.": Sentence Transformers does not trust such a path either and takes its default.
std::optional<std::string> torch_class(const std::string& dotted_path);

/// Number of labels and their names: num_labels, else the length of id2label, else Transformers' default of 2.
int num_labels(const JsonObject& config);
std::vector<std::string> label_names(const JsonObject& config, int num_labels);

/// The activation of the scores: config_sentence_transformers.json's (`modular`, may be null) activation_fn, else config.json's
/// sentence_transformers.activation_fn, else its sbert_ce_default_activation_function, else sigmoid for one label and identity for more.
ScoreActivation resolve_activation(const JsonObject& config, const JsonObject* modular, int num_labels);

/// tokenizer_config.json as far as it matters.
struct TokenizerSettings {
  double model_max_length = 1e30;  // Transformers' "no limit"
  bool uses_type_ids = true;
};
/// `model_type` of config.json decides where the file names no class.
TokenizerSettings read_tokenizer_settings(const std::filesystem::path& encoder_folder, std::string_view model_type);

/// The longest sequence: `own` (of a module's settings) as it is, else the smaller of the tokenizer's and the position table's; never
/// more than learned positions go.
int resolve_max_length(const EncoderSpec& encoder, const TokenizerSettings& tokenizer, std::optional<int> own);

}  // namespace crossrank
