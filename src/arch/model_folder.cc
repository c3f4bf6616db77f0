#include "arch/model_folder.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <tuple>

#include "arch/unsupported.h"
#include "base/error.h"

namespace crossrank {
namespace {

std::string shape_text(const std::vector<int64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

constexpr const char* kSentenceTransformersConfig = "config_sentence_transformers.json";

// Whether a folder of modules is a cross-encoder, by its modules and by what it says of itself.
bool says_cross_encoder(const std::filesystem::path& folder, const Modules& modules) {
  const std::filesystem::path file = folder / kSentenceTransformersConfig;
  const auto json = modules.gives_scores ? read_json_if_there(file) : std::nullopt;
  return json && JsonObject(*json, file.string(), ErrorCode::kModel).string("model_type", "SentenceTransformer") == "CrossEncoder";
}

// The class that config.json names is an encoder with a head of sequence classification.
bool says_classifier(const JsonObject& config) {
  if (!config.has("architectures")) return false;
  const std::vector<std::string> names = config.strings("architectures");
  return std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.ends_with("ForSequenceClassification"); });
}

// The modules that the reference gives a folder without modules.json: the encoder, and the mean of its vectors.
Modules plain_encoder(const JsonObject& config) {
  if (config.has("architectures")) {
    for (const std::string& name : config.strings("architectures")) {
      if (!name.ends_with("ForSequenceClassification")) continue;
      throw error(ErrorCode::kModel, "{}: {}: a cross-encoder, which gives scores and no embeddings; an embedder is a bi-encoder",
                  config.where(), name);
    }
  }
  Modules modules;
  modules.head.pooling = {Pooling::kMean};
  return modules;
}

// The name under which checkpoints from before 2019 hold a norm's weight and bias; Transformers still reads it.
std::string old_norm_name(const std::string& name) {
  constexpr std::string_view kWeight = "weight", kBias = "bias";
  if (name.ends_with("LayerNorm.weight")) return name.substr(0, name.size() - kWeight.size()) + "gamma";
  if (name.ends_with("LayerNorm.bias")) return name.substr(0, name.size() - kBias.size()) + "beta";
  return {};
}

bool has_tensor(const Safetensors& file, const std::string& name) { return file.tensors().find(name) != file.tensors().end(); }

// do_lower_case asks for lower case before everything; that is nothing new to a tokenizer that does it itself.
void check_lowercase(const std::filesystem::path& tokenizer) {
  const Json json = parse_json(read_file(tokenizer, size_t{1} << 30), tokenizer.string(), ErrorCode::kTokenizer);
  const auto lowercases = [](const Json& normalizer) {
    return normalizer.is_object() && (normalizer.value("type", Json()) == "Lowercase" || normalizer.value("lowercase", Json()) == true);
  };
  const Json normalizer = json.is_object() ? json.value("normalizer", Json()) : Json();
  bool found = lowercases(normalizer);
  if (normalizer.is_object() && normalizer.contains("normalizers") && normalizer["normalizers"].is_array()) {
    for (const Json& one : normalizer["normalizers"]) found = found || lowercases(one);
  }
  if (!found) {
    throw error(ErrorCode::kUnsupported,
                "{}: the model asks for do_lower_case, which its tokenizer does not do: add a Lowercase normalizer", tokenizer.string());
  }
}

}  // namespace

Safetensors open_safetensors(const std::filesystem::path& folder) {
  std::error_code problem;
  if (std::filesystem::exists(folder / "model.safetensors", problem)) return Safetensors::open(folder / "model.safetensors");
  const auto index = folder / "model.safetensors.index.json";
  if (std::filesystem::exists(index, problem)) return Safetensors::open_sharded(index);
  if (std::filesystem::exists(folder / "pytorch_model.bin", problem)) {
    throw error(ErrorCode::kModel, "{}: only pytorch_model.bin, which can run code: save the model as model.safetensors", folder.string());
  }
  throw error(ErrorCode::kModel, "{}: no model.safetensors and no model.safetensors.index.json", folder.string());
}

void WeightSource::read_rows(int64_t first, int64_t count, float* out) const {
  int64_t begin = 0;  // the row of the matrix at which the piece begins
  for (const WeightPiece& piece : pieces) {
    const int64_t from = std::max(first, begin), to = std::min(first + count, begin + piece.rows);
    if (from < to) {
      const std::span<float> part(out + (from - first) * columns, static_cast<size_t>((to - from) * columns));
      piece.tensor->read((piece.first_row + from - begin) * columns, part);
    }
    begin += piece.rows;
  }
}

WeightSource WeightSource::slice(int64_t first, int64_t count) const {
  WeightSource result{count, columns, {}};
  int64_t begin = 0;
  for (const WeightPiece& piece : pieces) {
    const int64_t from = std::max(first, begin), to = std::min(first + count, begin + piece.rows);
    if (from < to) result.pieces.push_back({piece.tensor, piece.first_row + from - begin, to - from});
    begin += piece.rows;
  }
  return result;
}

LinearSource LinearSource::slice(int64_t first, int64_t count) const {
  return {weight.slice(first, count), bias.empty() ? WeightSource{} : bias.slice(first, count)};
}

ModelFolder ModelFolder::open(const std::filesystem::path& path, ModelUse use) { return open(path, use, 0, Json::object()); }

ModelFolder ModelFolder::open_for_training(const std::filesystem::path& path, int num_labels, const Json& config_kwargs) {
  return open(path, ModelUse::kTraining, num_labels, config_kwargs);
}

ModelFolder ModelFolder::open(const std::filesystem::path& path, ModelUse use, int asked_labels, const Json& config_kwargs) {
  std::error_code problem;
  if (!std::filesystem::is_directory(path, problem)) {
    throw error(ErrorCode::kModel, "{}: no such model folder", path.string());
  }
  ModelFolder model;
  model.folder = path;
  model.config_kwargs = config_kwargs;
  model.read_description(use, asked_labels);
  model.open_weights();
  model.check_tensors();
  model.count_parameters();
  return model;
}

void ModelFolder::read_description(ModelUse use, int asked_labels) {
  std::error_code problem;
  modular_ = std::filesystem::exists(folder / "modules.json", problem);
  Modules modules;
  modules.sequence_classification = true;
  if (modular_) modules = read_modules(folder);
  if (modular_ && use == ModelUse::kTraining &&
      !says_cross_encoder(folder, modules)) {  // the reference takes its encoder, from the folder itself
    modular_ = false;
    modules = {};
    modules.sequence_classification = true;
  }
  encoder_folder = folder / modules.transformer_path;
  tokenizer = encoder_folder / "tokenizer.json";

  const std::filesystem::path config_file = encoder_folder / "config.json";
  Json json = parse_json(read_file(config_file, kMaxConfigBytes), config_file.string(), ErrorCode::kModel);
  if (json.is_object()) json.update(config_kwargs);
  const JsonObject config(json, config_file.string(), ErrorCode::kModel);
  const std::string model_type = config.string("model_type");
  const Architecture* known = find_architecture(model_type);
  if (known == nullptr) refuse_architecture(config, model_type);
  refuse_late_interaction(config);
  encoder = known->encoder(config);
  if (!modular_ && use == ModelUse::kEmbeddings) modules = plain_encoder(config);
  classifies_ = modules.sequence_classification;
  if (classifies_) {
    describe_classifier(*known, config, use, asked_labels);
  } else {
    describe_modules(modules);
    architecture = modular_ ? "modules.json" : model_type;
    if (use == ModelUse::kTraining) check_labels(asked_labels);
  }
  read_table(*known, config, modules, use);
  read_settings(config, modules, use);
}

void ModelFolder::describe_classifier(const Architecture& known, const JsonObject& config, ModelUse use, int asked_labels) {
  const bool trained = use != ModelUse::kTraining || says_classifier(config);
  const int labels_count = trained ? num_labels(config) : std::max(1, asked_labels);
  head = known.classification_head(config, encoder, labels_count);
  if (trained) {
    check_labels(asked_labels);
    labels = label_names(config, labels_count);
    architecture = config.has("architectures") && !config.strings("architectures").empty() ? config.strings("architectures").front()
                                                                                           : encoder.model_type;
  } else {
    head_initialisation = known.head_initialisation(config, encoder);
    for (int i = 0; i < labels_count; ++i) labels.push_back(fmt::format("LABEL_{}", i));
    architecture = known.classifier_class;
  }
  classifier_class = known.classifier_class;
  awaits_head_ = !trained;
}

void ModelFolder::check_labels(int asked_labels) const {
  if (asked_labels == 0 || asked_labels == head.num_outputs) return;
  throw error(ErrorCode::kModel,
              "{}: its trained head has {} labels, not the {} asked for: leave num_labels out, or start from its encoder", folder.string(),
              head.num_outputs, asked_labels);
}

void ModelFolder::describe_modules(const Modules& modules) {
  check_widths(modules, encoder.hidden_size, (folder / "modules.json").string());
  head = modules.head;
  int width = encoder.hidden_size * static_cast<int>(head.pooling.size());
  for (const HeadStep& step : head.steps) {
    if (const auto* linear = std::get_if<LinearStep>(&step)) width = linear->out_features;
  }
  head.num_outputs = width;
}

void ModelFolder::read_table(const Architecture& known, const JsonObject& config, const Modules& modules, ModelUse use) {
  files_.emplace("", open_safetensors(encoder_folder));
  const Safetensors& file = files_.at("");
  const bool bare = has_tensor(file, std::string(known.first_tensor));
  const std::string prefix(known.prefix);
  const HeadSpec* own_head = classifies_ ? &head : nullptr;
  table_ = known.tensors(config, encoder, own_head, bare ? "" : prefix);
  if (!bare && (awaits_head_ || (!modular_ && use == ModelUse::kEmbeddings))) leave_other_heads_unread(prefix);
  for (const TensorRow& row : table_.rows) {
    const bool absent = !has_tensor(file, row.name) && !has_tensor(file, old_norm_name(row.name));
    if (awaits_head_ && absent && row.role == TensorRole::kHead) new_tensors_.emplace(row.name, TensorView{DType::kF32, row.shape, {}});
  }
  table_.rows.insert(table_.rows.end(), modules.table.rows.begin(), modules.table.rows.end());
  for (const TensorRow& row : known.tensors(config, encoder, own_head, classifies_ ? prefix : "").rows) saved_names_.push_back(row.name);
  for (const TensorRow& row : modules.table.rows) saved_names_.push_back(row.name);
}

void ModelFolder::read_settings(const JsonObject& config, const Modules& modules, ModelUse use) {
  // The reference reads these settings only of a folder that says it is a cross-encoder in modules.
  const std::filesystem::path st_file = folder / kSentenceTransformersConfig;
  const auto st_json = modular_ ? read_json_if_there(st_file) : std::nullopt;
  const auto st = st_json ? std::optional<JsonObject>(std::in_place, *st_json, st_file.string(), ErrorCode::kModel) : std::nullopt;
  is_bi_encoder = modular_ ? !says_cross_encoder(folder, modules) : use == ModelUse::kEmbeddings;
  if (!is_bi_encoder) activation = resolve_activation(config, st ? &*st : nullptr, head.num_outputs);
  if (!is_bi_encoder && st && st->has("default_prompt_name")) prompt = st->object("prompts").string(st->string("default_prompt_name"));

  const TokenizerSettings settings = read_tokenizer_settings(encoder_folder, encoder.model_type);
  uses_type_ids = settings.uses_type_ids;
  max_length = resolve_max_length(encoder, settings, modules.max_length);
  if (modules.lowercases) check_lowercase(tokenizer);
}

// What a checkpoint of the full model holds beside its encoder.
void ModelFolder::leave_other_heads_unread(const std::string& prefix) {
  for (const auto& tensor : files_.at("").tensors()) {
    if (!tensor.first.starts_with(prefix)) table_.ignored.push_back(tensor.first);
  }
}

void ModelFolder::open_weights() {
  for (const TensorRow& row : table_.rows) {
    if (files_.find(row.file) == files_.end()) files_.emplace(row.file, open_safetensors(folder / row.file));
  }
}

const TensorView* ModelFolder::find_tensor(const TensorRow& row) const {
  if (const auto fresh = new_tensors_.find(row.name); fresh != new_tensors_.end() && row.file.empty()) return &fresh->second;
  const auto& tensors = files_.at(row.file).tensors();
  auto it = tensors.find(row.name);
  if (it == tensors.end()) it = tensors.find(old_norm_name(row.name));
  return it == tensors.end() ? nullptr : &it->second;
}

void ModelFolder::check_tensors() const {
  std::vector<std::string> missing;
  bool lacks_head = false;                                 // of the architecture's own
  std::set<std::pair<std::string, std::string>> expected;  // (file, name)
  for (const TensorRow& row : table_.rows) {
    expected.insert({row.file, row.name});
    expected.insert({row.file, old_norm_name(row.name)});
    const TensorView* tensor = find_tensor(row);
    if (tensor == nullptr) {
      lacks_head = lacks_head || (missing.empty() && classifies_ && row.role == TensorRole::kHead);
      missing.push_back(row.name);
    } else if (tensor->shape != row.shape) {
      throw error(ErrorCode::kModel, "{}: tensor {} has shape {}, but the configuration asks for {}", folder.string(), row.name,
                  shape_text(tensor->shape), shape_text(row.shape));
    } else if (!is_floating(tensor->dtype)) {
      throw error(ErrorCode::kUnsupported, "{}: tensor {} is stored in a type that weights cannot have (F32, BF16, F16)", folder.string(),
                  row.name);
    }
  }
  if (!missing.empty()) {
    throw error(ErrorCode::kModel, "{}: {} tensors of the {} architecture are absent, first {}{}", folder.string(), missing.size(),
                encoder.model_type, missing.front(), lacks_head ? ": a model without a trained head would score at random" : "");
  }
  for (const auto& file : files_) {
    for (const auto& tensor : file.second.tensors()) {
      const bool ignored = std::find(table_.ignored.begin(), table_.ignored.end(), tensor.first) != table_.ignored.end();
      if (!ignored && expected.count({file.first, tensor.first}) == 0) {
        throw error(ErrorCode::kModel, "{}: tensor {} has no place in the {} architecture: would the scores be right without it?",
                    (file.first.empty() ? encoder_folder : folder / file.first).string(), tensor.first, encoder.model_type);
      }
    }
  }
}

void ModelFolder::count_parameters() {
  std::set<std::string> types;
  for (const TensorRow& row : table_.rows) {
    const TensorView* tensor = find_tensor(row);
    parameters += tensor->elements();
    const bool projection = row.role == TensorRole::kQkv || row.role == TensorRole::kAttentionOut || row.role == TensorRole::kMlpIn ||
                            row.role == TensorRole::kMlpOut || row.role == TensorRole::kConvolution ||
                            row.role == TensorRole::kPositionKey || row.role == TensorRole::kPositionQuery ||
                            row.role == TensorRole::kEmbeddingProjection;
    if (projection && row.part == TensorPart::kWeight) matrix_parameters += tensor->elements();
    if (new_tensors_.find(row.name) == new_tensors_.end()) types.insert(std::string(dtype_name(tensor->dtype)));
  }
  stored_as = fmt::format("{}", fmt::join(types, ", "));
}

std::vector<ModelTensor> ModelFolder::tensors() const {
  std::vector<ModelTensor> all;
  for (size_t i = 0; i < table_.rows.size(); ++i) {
    const TensorRow& row = table_.rows[i];
    all.push_back({&row, saved_names_[i], find_tensor(row), row.file.empty() && new_tensors_.count(row.name) > 0});
  }
  return all;
}

LinearSource ModelFolder::weights(TensorRole role, int layer) const {
  std::vector<const TensorRow*> rows;
  for (const TensorRow& row : table_.rows) {
    if (row.role == role && row.layer == layer) rows.push_back(&row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const TensorRow* a, const TensorRow* b) { return a->first_row < b->first_row; });
  LinearSource source;
  for (const TensorRow* row : rows) {
    WeightSource& part = row->part == TensorPart::kWeight ? source.weight : source.bias;
    part.columns = std::accumulate(row->shape.begin() + 1, row->shape.end(), int64_t{1}, std::multiplies<>());
    part.pieces.push_back({find_tensor(*row), 0, row->shape[0]});
    part.rows += row->shape[0];
  }
  return source;
}

}  // namespace crossrank
