#include "arch/modules.h"

#include <algorithm>
#include <array>

#include "arch/config_fields.h"
#include "arch/settings.h"
#include "base/error.h"
#include "base/mapped_file.h"

namespace crossrank {
namespace {

constexpr std::array<std::pair<std::string_view, Pooling>, 6> kPoolingModes = {{
    {"cls", Pooling::kCls},
    {"max", Pooling::kMax},
    {"mean", Pooling::kMean},
    {"mean_sqrt_len_tokens", Pooling::kMeanSqrtLength},
    {"weightedmean", Pooling::kWeightedMean},
    {"lasttoken", Pooling::kLastToken},
}};

// The settings of older files, in the order in which their vectors stand side by side; parallel to kPoolingModes.
constexpr std::array<std::string_view, 6> kOldPoolingFields = {
    "pooling_mode_cls_token",           "pooling_mode_max_tokens", "pooling_mode_mean_tokens", "pooling_mode_mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens", "pooling_mode_lasttoken",
};

Pooling pooling_mode(const JsonObject& config, const std::string& name) {
  for (const auto& mode : kPoolingModes) {
    if (mode.first == name) return mode.second;
  }
  throw error(ErrorCode::kUnsupported, "{}: field pooling_mode: \"{}\" is not one that crossrank has", config.where(), name);
}

std::vector<Pooling> read_pooling(const JsonObject& config) {
  std::vector<Pooling> modes;
  if (config.has("pooling_mode")) {
    if (config.find("pooling_mode")->is_array()) {
      for (const std::string& name : config.strings("pooling_mode")) modes.push_back(pooling_mode(config, name));
    } else {
      modes.push_back(pooling_mode(config, config.string("pooling_mode")));
    }
  } else {
    for (size_t i = 0; i < kOldPoolingFields.size(); ++i) {
      if (config.boolean(kOldPoolingFields[i], false)) modes.push_back(kPoolingModes[i].second);
    }
    if (modes.empty()) modes.push_back(Pooling::kMean);
  }
  if (modes.empty() || modes.size() > 16) throw config.bad_field("pooling_mode", "expected one to sixteen modes");
  return modes;
}

// A module's folder must stay inside the model's.
void check_path(const JsonObject& module, const std::string& path) {
  const std::filesystem::path relative(path);
  bool leaves = relative.is_absolute() || path.find('\\') != std::string::npos || path.find('\0') != std::string::npos;
  for (const auto& part : relative) leaves = leaves || part == "..";
  if (leaves) throw module.bad_field("path", "leaves the model's folder");
}

// The configuration of a module; an empty object where the file is absent and the module needs none.
Json read_module_config(const std::filesystem::path& file, bool required) {
  auto json = read_json_if_there(file);
  if (json) return *json;
  if (required) throw error(ErrorCode::kModel, "{}: no such file, and modules.json names its module", file.string());
  return Json::object();
}

// Puts the modules after the Transformer together, one at a time.
class HeadReader {
 public:
  HeadReader(const std::filesystem::path& folder, Modules& modules) : folder_(folder), modules_(modules) {}

  void read(const std::string& type, const std::string& path) {
    const std::filesystem::path file = folder_ / path / "config.json";
    const Json json = read_module_config(file, type != "Normalize" && type != "Dropout");
    const JsonObject config(json, file.string(), ErrorCode::kModel);
    if (type == "Pooling") return pooling(config);
    if (type == "Dropout") return dropout(config);
    if (modules_.head.pooling.empty())
      throw error(ErrorCode::kUnsupported, "{}: a {} before any Pooling is not one that crossrank has", file.string(), type);
    if (modules_.gives_scores) throw error(ErrorCode::kUnsupported, "{}: a {} after the module that gives the scores", file.string(), type);
    if (type == "Dense") return dense(config, path);
    if (type == "LayerNorm") return layer_norm(config, path);
    if (type == "Normalize") return normalize(config);
    throw error(ErrorCode::kUnsupported,
                "{}: module {} is not one that crossrank has (Transformer, Pooling, Dense, LayerNorm, Normalize, Dropout)",
                (folder_ / "modules.json").string(), type);
  }

 private:
  void pooling(const JsonObject& config) {
    if (!modules_.head.pooling.empty()) throw error(ErrorCode::kUnsupported, "{}: a second Pooling", config.where());
    if (!config.boolean("include_prompt", true)) {
      throw error(ErrorCode::kUnsupported, "{}: field include_prompt: pooling without the prompt is not one that crossrank has",
                  config.where());
    }
    modules_.head.pooling = read_pooling(config);
  }

  // Where a module reads and writes: the pooled vector, at the end the scores.
  void check_flow(const JsonObject& config) {
    const std::string input = config.string("module_input_name", "sentence_embedding");
    const std::string output = config.string("module_output_name", input);
    if (input != "sentence_embedding" || (output != "sentence_embedding" && output != "scores")) {
      throw error(ErrorCode::kUnsupported, "{}: a module from \"{}\" to \"{}\" is not one that crossrank has", config.where(), input,
                  output);
    }
    modules_.gives_scores = output == "scores";
  }

  void dense(const JsonObject& config, const std::string& path) {
    check_flow(config);
    LinearStep step;
    step.in_features = size_field(config, "in_features", kMaxWidth * 16, 0);
    step.out_features = size_field(config, "out_features", kMaxWidth * 16, 0);
    step.activation = ActivationKind::kTanh;  // the reference's default, also for a path that it does not trust
    if (const auto name = torch_class(config.string("activation_function", ""))) step.activation = torch_activation(config, *name);
    step.residual = config.boolean("use_residual", false);
    if (step.residual && step.in_features != step.out_features) {
      throw error(ErrorCode::kUnsupported, "{}: field use_residual: a projected residual is not one that crossrank has", config.where());
    }
    modules_.table.add_linear("linear", step.out_features, step.in_features, config.boolean("bias", true), TensorRole::kHead, next_step(),
                              0, path);
    modules_.head.steps.push_back(step);
    modules_.weight_folders.push_back(path);
  }

  static ActivationKind torch_activation(const JsonObject& config, const std::string& name) {
    if (name == "Identity") return ActivationKind::kIdentity;
    if (name == "Tanh") return ActivationKind::kTanh;
    if (name == "GELU") return ActivationKind::kGelu;
    if (name == "ReLU") return ActivationKind::kRelu;
    if (name == "SiLU") return ActivationKind::kSilu;
    if (name == "Sigmoid") return ActivationKind::kSigmoid;
    throw error(ErrorCode::kUnsupported, "{}: field activation_function: \"{}\" is not one that crossrank has", config.where(), name);
  }

  void layer_norm(const JsonObject& config, const std::string& path) {
    const int features = size_field(config, "dimension", kMaxWidth * 16, 0);
    modules_.table.add_norm("norm", features, true, TensorRole::kHead, next_step(), path);
    modules_.head.steps.push_back(NormStep{features, 1e-5f});
    modules_.weight_folders.push_back(path);
  }

  // It works on the pooled vector: past the module that gives the scores it changes nothing.
  void dropout(const JsonObject& config) {
    if (!modules_.gives_scores) modules_.head.steps.push_back(DropoutStep{dropout_field(config, "dropout", 0.2)});
  }

  void normalize(const JsonObject& config) {
    check_flow(config);
    modules_.head.steps.push_back(UnitLengthStep{});
  }

  int next_step() const { return static_cast<int>(modules_.head.steps.size()); }

  const std::filesystem::path& folder_;
  Modules& modules_;
};

// sentence_bert_config.json and its older names.
void read_transformer_settings(const std::filesystem::path& folder, Modules& modules) {
  static constexpr std::array<const char*, 7> kNames = {"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"};
  for (const char* name : kNames) {
    const std::filesystem::path file = folder / fmt::format("sentence_{}_config.json", name);
    const auto json = read_json_if_there(file);
    if (!json) continue;
    const JsonObject config(*json, file.string(), ErrorCode::kModel);
    const std::string task = config.string("transformer_task", "feature-extraction");
    if (task != "feature-extraction" && task != "sequence-classification") {
      throw error(ErrorCode::kUnsupported, "{}: field transformer_task: \"{}\" is not one that crossrank has", file.string(), task);
    }
    modules.sequence_classification = task == "sequence-classification";
    modules.lowercases = config.boolean("do_lower_case", false);
    if (config.has("max_seq_length")) modules.max_length = size_field(config, "max_seq_length", kMaxRows, 0);
    for (const char* field : {"tokenizer_args", "processor_kwargs"}) {
      if (config.has(field) && config.object(field).has("model_max_length")) {
        modules.max_length = size_field(config.object(field), "model_max_length", kMaxRows, 0);
      }
    }
    return;
  }
}

}  // namespace

std::vector<ModuleEntry> list_modules(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "modules.json";
  const Json json = parse_json(read_file(file, kMaxConfigBytes), file.string(), ErrorCode::kModel);
  if (!json.is_array() || json.empty()) throw error(ErrorCode::kModel, "{}: expected a list of modules", file.string());

  std::vector<ModuleEntry> entries;
  for (const Json& entry : json) {
    const JsonObject module(entry, fmt::format("{}: module {}", file.string(), &entry - &json[0]), ErrorCode::kModel);
    const std::string dotted = module.string("type");
    if (dotted.rfind("pylate.", 0) == 0) {
      throw error(
          ErrorCode::kUnsupported,
          "{}: field type: \"{}\": a model of late interaction (ColBERT) has a vector a token and no score of a pair, which crossrank "
          "does not compute yet",
          module.where(), dotted);
    }
    if (dotted.rfind("sentence_transformers.", 0) != 0) {
      throw error(ErrorCode::kUnsupported, "{}: field type: \"{}\" is code of the model's own, which crossrank does not run",
                  module.where(), dotted);
    }
    ModuleEntry& read = entries.emplace_back();
    read.type = dotted.substr(dotted.rfind('.') + 1);
    read.path = module.string("path", "");
    read.where = module.where();
    check_path(module, read.path);
  }
  return entries;
}

Modules read_modules(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "modules.json";
  Modules modules;
  HeadReader head(folder, modules);
  bool first = true;
  for (const ModuleEntry& module : list_modules(folder)) {
    if (first != (module.type == "Transformer")) {
      throw error(ErrorCode::kUnsupported, "{}: type {}: a model begins with its one Transformer", module.where, module.type);
    }
    if (first) {
      modules.transformer_path = module.path;
      read_transformer_settings(folder / module.path, modules);
    } else {
      head.read(module.type, module.path);
    }
    first = false;
  }
  if (modules.sequence_classification) {
    if (!modules.head.pooling.empty()) {
      throw error(ErrorCode::kUnsupported, "{}: modules after a Transformer that classifies are not ones that crossrank has",
                  file.string());
    }
    modules.gives_scores = true;
  } else if (modules.head.pooling.empty()) {
    throw error(ErrorCode::kModel, "{}: no Pooling module: nothing makes one vector of a sequence", file.string());
  }
  return modules;
}

void check_widths(const Modules& modules, int hidden_size, const std::string& where) {
  int64_t width = int64_t{hidden_size} * static_cast<int64_t>(modules.head.pooling.size());
  for (size_t i = 0; i < modules.head.steps.size(); ++i) {
    const HeadStep& step = modules.head.steps[i];
    int64_t expected = width;
    if (const auto* linear = std::get_if<LinearStep>(&step)) expected = linear->in_features;
    if (const auto* norm = std::get_if<NormStep>(&step)) expected = norm->features;
    if (expected != width) {
      throw error(ErrorCode::kModel, "{}: step {} after the pooling takes {} features, but {} come in", where, i + 1, expected, width);
    }
    if (const auto* linear = std::get_if<LinearStep>(&step)) width = linear->out_features;
  }
}

}  // namespace crossrank
