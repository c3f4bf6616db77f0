#include "arch/settings.h"

#include <algorithm>
#include <array>

#include "arch/config_fields.h"
#include "base/error.h"
#include "base/mapped_file.h"

namespace crossrank {
namespace {

ScoreActivation activation_of_class(const std::string& name, const std::string& where) {
  if (name == "Identity") return ScoreActivation::kIdentity;
  if (name == "Sigmoid") return ScoreActivation::kSigmoid;
  if (name == "Softmax") return ScoreActivation::kSoftmax;
  if (name == "Tanh") return ScoreActivation::kTanh;
  throw error(ErrorCode::kUnsupported,
              "{}: activation of the scores \"{}\" is not one that crossrank has (Identity, Sigmoid, Softmax, Tanh)", where, name);
}

// The activation that a field names; nothing where it is absent, null or not torch's.
std::optional<ScoreActivation> activation_at(const JsonObject& object, std::string_view name) {
  if (!object.has(name)) return std::nullopt;
  const auto torch = torch_class(object.string(name));
  if (!torch) return std::nullopt;
  return activation_of_class(*torch, object.where() + ": field " + std::string(name));
}

// Whether a tokenizer class of Transformers 5 gives segments to the model where its settings do not say: the generic class
// (PreTrainedTokenizerFast, which Transformers 4 let do so) does not.
bool class_gives_type_ids(std::string name) {
  constexpr std::string_view kFast = "Fast";
  if (name.ends_with(kFast)) name.resize(name.size() - kFast.size());
  return name == "BertTokenizer" || name == "ElectraTokenizer" || name == "DebertaTokenizer" || name == "DebertaV2Tokenizer";
}

// The same of the class that the reference takes for a model whose settings name none.
bool model_gives_type_ids(std::string_view model_type) {
  return model_type == "bert" || model_type == "electra" || model_type == "distilbert" || model_type == "deberta-v2";
}

}  // namespace

std::string_view score_activation_name(ScoreActivation activation) {
  switch (activation) {
    case ScoreActivation::kIdentity:
      return "identity";
    case ScoreActivation::kSigmoid:
      return "sigmoid";
    case ScoreActivation::kSoftmax:
      return "softmax";
    case ScoreActivation::kTanh:
      return "tanh";
  }
  return "identity";
}

std::optional<Json> read_json_if_there(const std::filesystem::path& file) {
  std::error_code problem;
  if (!std::filesystem::exists(file, problem)) return std::nullopt;
  return parse_json(read_file(file, kMaxConfigBytes), file.string(), ErrorCode::kModel);
}

std::optional<std::string> torch_class(const std::string& dotted_path) {
  if (dotted_path.rfind("torch.", 0) != 0) return std::nullopt;
  return dotted_path.substr(dotted_path.rfind('.') + 1);
}

int num_labels(const JsonObject& config) {
  constexpr int kMaxLabels = 1 << 20;
  if (config.has("num_labels")) return size_field(config, "num_labels", kMaxLabels, 2);
  if (!config.has("id2label")) return 2;
  const size_t count = config.object("id2label").json().size();
  if (count == 0 || count > static_cast<size_t>(kMaxLabels)) throw config.bad_field("id2label", fmt::format("{} labels", count));
  return static_cast<int>(count);
}

std::vector<std::string> label_names(const JsonObject& config, int num_labels) {
  if (!config.has("id2label")) return {};
  const JsonObject names = config.object("id2label");
  std::vector<std::string> labels;
  for (int i = 0; i < num_labels; ++i) {
    const std::string key = std::to_string(i);
    if (!names.has(key)) return {};  // a table that does not fit num_labels says nothing
    labels.push_back(names.string(key));
  }
  return labels;
}

ScoreActivation resolve_activation(const JsonObject& config, const JsonObject* modular, int num_labels) {
  const ScoreActivation fallback = num_labels == 1 ? ScoreActivation::kSigmoid : ScoreActivation::kIdentity;
  if (modular != nullptr) {
    if (const auto activation = activation_at(*modular, "activation_fn")) return *activation;
  }
  if (config.has("sentence_transformers")) {
    const JsonObject own = config.object("sentence_transformers");
    if (own.json().contains("activation_fn")) return activation_at(own, "activation_fn").value_or(fallback);
  }
  return activation_at(config, "sbert_ce_default_activation_function").value_or(fallback);
}

TokenizerSettings read_tokenizer_settings(const std::filesystem::path& encoder_folder, std::string_view model_type) {
  TokenizerSettings settings;
  settings.uses_type_ids = model_gives_type_ids(model_type);
  const std::filesystem::path file = encoder_folder / "tokenizer_config.json";
  const auto json = read_json_if_there(file);
  if (!json) return settings;
  const JsonObject config(*json, file.string(), ErrorCode::kModel);
  settings.model_max_length = config.number("model_max_length", settings.model_max_length);
  if (!(settings.model_max_length >= 1)) throw config.bad_field("model_max_length", "must be at least 1");
  if (config.has("model_input_names")) {
    const auto names = config.strings("model_input_names");
    settings.uses_type_ids = std::find(names.begin(), names.end(), "token_type_ids") != names.end();
  } else if (config.has("tokenizer_class")) {
    settings.uses_type_ids = class_gives_type_ids(config.string("tokenizer_class"));
  }
  return settings;
}

int resolve_max_length(const EncoderSpec& encoder, const TokenizerSettings& tokenizer, std::optional<int> own) {
  if (own) return encoder.learned_positions ? std::min(*own, encoder.max_positions) : *own;
  return static_cast<int>(std::min(tokenizer.model_max_length, static_cast<double>(encoder.max_positions)));
}

}  // namespace crossrank
