#include "arch/model_writer.h"

#include <array>
#include <map>

#include "arch/safetensors_writer.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "base/mapped_file.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 12> kTokenizerFiles = {
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "chat_template.jinja",
};

void write_json(const fs::path& file, const Json& json) { write_file(file, json.dump(2) + "\n"); }

void copy_if_there(const fs::path& from, const fs::path& to) {
  constexpr size_t kMaxBytes = size_t{1} << 30;
  std::error_code problem;
  if (!fs::is_regular_file(from, problem)) return;
  write_file(to, read_file(from, kMaxBytes));
}

void make_folder(const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw error(ErrorCode::kIo, "{}: {}", folder.string(), problem.message());
}

// The class's path that the reference imports to make the activation.
const char* activation_path(ScoreActivation activation) {
  switch (activation) {
    case ScoreActivation::kIdentity:
      return "torch.nn.modules.linear.Identity";
    case ScoreActivation::kSigmoid:
      return "torch.nn.modules.activation.Sigmoid";
    case ScoreActivation::kSoftmax:
      return "torch.nn.modules.activation.Softmax";
    case ScoreActivation::kTanh:
      return "torch.nn.modules.activation.Tanh";
  }
  return "torch.nn.modules.linear.Identity";
}

// Where the encoder is in the model's folder; "" is that folder.
fs::path encoder_path_of(const ModelFolder& model) {
  const fs::path path = model.encoder_folder.lexically_relative(model.folder);
  return path == "." ? fs::path() : path;
}

// As Transformers would write it for the weights that lie beside it.
Json config_of(const ModelFolder& model) {
  Json config = read_json_if_there(model.encoder_folder / "config.json").value_or(Json::object());
  config.update(model.config_kwargs);
  config.erase("torch_dtype");  // the name of dtype before Transformers 5
  config["dtype"] = "float32";
  if (!model.classifier_class.empty()) config["architectures"] = {model.classifier_class};
  if (model.has_new_head()) {
    config.erase("num_labels");
    Json names = Json::object(), numbers = Json::object();
    for (size_t i = 0; i < model.labels.size(); ++i) {
      names[std::to_string(i)] = model.labels[i];
      numbers[model.labels[i]] = i;
    }
    config["id2label"] = names;
    config["label2id"] = numbers;
  }
  return config;
}

// What the reference writes for the one module that an encoder with its classifier is.
void write_modules_of_a_classifier(const ModelFolder& model, const fs::path& folder) {
  write_json(
      folder / "modules.json",
      Json::array({{{"idx", 0}, {"name", "0"}, {"path", ""}, {"type", "sentence_transformers.base.modules.transformer.Transformer"}}}));
  const Json modality = {{"text", {{"method", "forward"}, {"method_output_name", "logits"}}}};
  write_json(folder / "sentence_bert_config.json",
             {{"transformer_task", "sequence-classification"}, {"modality_config", modality}, {"module_output_name", "scores"}});
  write_json(folder / "config_sentence_transformers.json", {{"model_type", "CrossEncoder"},
                                                            {"prompts", Json::object()},
                                                            {"default_prompt_name", nullptr},
                                                            {"activation_fn", activation_path(model.activation)}});
}

// The settings of a folder of modules, which stay; the files of each module but its weights.
void copy_modules(const ModelFolder& model, const fs::path& folder) {
  for (const ModuleEntry& module : list_modules(model.folder)) {
    make_folder(folder / module.path);
    if (module.type != "Transformer") copy_if_there(model.folder / module.path / "config.json", folder / module.path / "config.json");
  }
  for (const char* name : {"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"}) {
    const std::string file = fmt::format("sentence_{}_config.json", name);
    copy_if_there(model.encoder_folder / file, folder / encoder_path_of(model) / file);
  }
  const Json settings = read_json_if_there(model.folder / "config_sentence_transformers.json").value_or(Json::object());
  write_json(folder / "config_sentence_transformers.json", settings);
}

// A module's own longest sequence, where it has one, goes before the tokenizer's.
void set_max_length(int max_length, const fs::path& encoder_folder) {
  Json tokenizer = read_json_if_there(encoder_folder / "tokenizer_config.json").value_or(Json::object());
  tokenizer["model_max_length"] = max_length;
  write_json(encoder_folder / "tokenizer_config.json", tokenizer);
  const fs::path module_file = encoder_folder / "sentence_bert_config.json";
  auto module = read_json_if_there(module_file);
  if (!module || !module->is_object() || module->value("max_seq_length", Json()).is_null()) return;
  (*module)["max_seq_length"] = max_length;
  write_json(module_file, *module);
}

void write_weights(const ModelToWrite& what, const fs::path& folder, const fs::path& encoder_path) {
  std::map<std::string, std::vector<NamedTensor>> files;
  const std::vector<ModelTensor> tensors = what.model.tensors();
  for (size_t i = 0; i < tensors.size(); ++i) {
    files[tensors[i].row->file].push_back({tensors[i].saved_name, tensors[i].row->shape, what.values[i]});
  }
  for (const auto& file : files)
    write_safetensors(folder / (file.first.empty() ? encoder_path : fs::path(file.first)) / "model.safetensors", file.second);
}

}  // namespace

void write_model_folder(const ModelToWrite& what, const fs::path& folder) {
  const ModelFolder& model = what.model;
  const fs::path encoder_path = encoder_path_of(model);
  make_folder(folder / encoder_path);
  for (const char* name : kTokenizerFiles) copy_if_there(model.encoder_folder / name, folder / encoder_path / name);
  if (model.is_modular()) {
    copy_if_there(model.folder / "modules.json", folder / "modules.json");
    copy_modules(model, folder);
  } else if (!model.is_bi_encoder) {
    write_modules_of_a_classifier(model, folder);
  }
  if (what.max_length > 0) set_max_length(what.max_length, folder / encoder_path);
  write_json(folder / encoder_path / "config.json", config_of(model));
  write_weights(what, folder, encoder_path);
}

}  // namespace crossrank
