#include "retrieval/static_model.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "arch/modules.h"
#include "arch/settings.h"
#include "base/error.h"

namespace crossrank {
namespace {

constexpr int64_t kMaxRows = 1 << 28, kMaxDimensions = 1 << 16;
constexpr size_t kMaxTokenizerBytes = size_t{1} << 30;

bool is_there(const std::filesystem::path& file) {
  std::error_code problem;
  return std::filesystem::exists(file, problem);
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

int64_t count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char byte) { return !is_continuation(byte); });
}

// The first `count` characters.
std::string_view first_characters(std::string_view text, int64_t count) {
  if (static_cast<int64_t>(text.size()) <= count) return text;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_continuation(text[i]) && count-- == 0) return text.substr(0, i);
  }
  return text;
}

// The folder of the StaticEmbedding, where modules.json begins with one; the vectors are normalized here in any case.
std::optional<std::filesystem::path> static_module(const std::filesystem::path& folder) {
  const std::vector<ModuleEntry> modules = list_modules(folder);
  if (modules.front().type != "StaticEmbedding") return std::nullopt;
  for (const ModuleEntry& module : std::span(modules).subspan(1)) {
    if (module.type == "Normalize" || module.type == "Dropout") continue;
    throw error(ErrorCode::kUnsupported, "{}: {} after a StaticEmbedding is not one that crossrank has (Normalize, Dropout)", module.where,
                module.type);
  }
  return folder / modules.front().path;
}

// A folder that model2vec wrote: its config.json is no transformer's, and its tensors are called otherwise.
bool is_model2vec(const std::filesystem::path& folder) {
  const auto json = read_json_if_there(folder / "config.json");
  if (!json || !json->is_object() || !is_there(folder / "model.safetensors") || !is_there(folder / "tokenizer.json")) return false;
  const Json type = json->value("model_type", Json());
  if (!type.is_null() && type != "model2vec") return false;
  const Safetensors file = Safetensors::open(folder / "model.safetensors");
  return file.tensors().count("embeddings") != 0;
}

// "truncation" of tokenizer.json, which the reference's tokenizer applies where nobody turns it off.
StaticTokenRules sentence_transformers_rules(const JsonObject& tokenizer) {
  StaticTokenRules rules;
  if (!tokenizer.has("truncation")) return rules;
  const JsonObject truncation = tokenizer.object("truncation");
  rules.max_tokens = truncation.integer("max_length", 0, std::numeric_limits<int64_t>::max());
  rules.keep_end = truncation.string("direction", "Right") == "Left";
  if (truncation.string("strategy", "LongestFirst") == "OnlySecond") {
    throw error(ErrorCode::kUnsupported, "{}: field strategy: \"OnlySecond\" cuts no text that stands alone", truncation.where());
  }
  return rules;
}

std::optional<int32_t> unknown_token(const JsonObject& model, const Tokenizer& tokenizer) {
  if (model.string("type", "") == "Unigram") {
    if (!model.has("unk_id")) return std::nullopt;
    return static_cast<int32_t>(model.integer("unk_id", 0, std::numeric_limits<int32_t>::max()));
  }
  if (!model.has("unk_token")) return std::nullopt;
  return tokenizer.token_to_id(model.string("unk_token"));
}

// numpy's median of the tokens' lengths in characters, cut to a whole number.
int64_t median_token_length(const Tokenizer& tokenizer) {
  std::vector<int64_t> lengths;
  for (int32_t id = 0; id < tokenizer.vocab_size(); ++id) {
    const std::string token = tokenizer.token(id);
    if (!token.empty()) lengths.push_back(count_characters(token));
  }
  if (lengths.empty()) return 0;
  std::sort(lengths.begin(), lengths.end());
  return (lengths[(lengths.size() - 1) / 2] + lengths[lengths.size() / 2]) / 2;
}

// As model2vec 0.10 encodes: max_length of its config.json, 512 where that says nothing, no limit where it says null.
StaticTokenRules model2vec_rules(const std::filesystem::path& folder, const JsonObject& tokenizer_json, const Tokenizer& tokenizer) {
  constexpr int64_t kDefaultMaxLength = 512, kMost = 1 << 30;
  StaticTokenRules rules;
  rules.unknown = unknown_token(tokenizer_json.object("model"), tokenizer);
  const std::filesystem::path file = folder / "config.json";
  const Json json = read_json_if_there(file).value_or(Json::object());
  const JsonObject config(json, file.string(), ErrorCode::kModel);
  if (json.contains("max_length") && !config.has("max_length")) return rules;
  rules.max_tokens = config.integer("max_length", 0, kMost, kDefaultMaxLength);
  rules.max_characters = *rules.max_tokens * median_token_length(tokenizer);
  return rules;
}

const TensorView* find(const Safetensors& file, std::string_view name) {
  const auto found = file.tensors().find(name);
  return found == file.tensors().end() ? nullptr : &found->second;
}

}  // namespace

std::optional<StaticModel> StaticModel::open(const std::filesystem::path& folder) {
  const bool modular = is_there(folder / "modules.json");
  const std::optional<std::filesystem::path> module = modular ? static_module(folder) : std::nullopt;
  if (!module && (modular || !is_model2vec(folder))) return std::nullopt;

  StaticModel model;
  model.folder = folder;
  model.settings = modular ? SentenceTransformersSettings::read(folder) : SentenceTransformersSettings::none();
  const std::filesystem::path place = module.value_or(folder);
  const std::filesystem::path tokenizer_file = place / "tokenizer.json";
  model.tokenizer = Tokenizer::from_file(tokenizer_file);
  {
    const Json json = parse_json(read_file(tokenizer_file, kMaxTokenizerBytes), tokenizer_file.string(), ErrorCode::kTokenizer);
    const JsonObject tokenizer(json, tokenizer_file.string(), ErrorCode::kTokenizer);
    model.rules = modular ? sentence_transformers_rules(tokenizer) : model2vec_rules(folder, tokenizer, *model.tokenizer);
  }
  model.read_tensors(place / "model.safetensors", !modular);
  return model;
}

void StaticModel::read_tensors(const std::filesystem::path& file, bool model2vec) {
  tensors_ = std::make_shared<const Safetensors>(Safetensors::open(file));
  // What model2vec wrote is "embeddings", with or without modules.json; what Sentence Transformers wrote "embedding.weight".
  const TensorView* tensor = model2vec ? nullptr : find(*tensors_, "embedding.weight");
  const bool of_model2vec = tensor == nullptr;
  if (of_model2vec) tensor = find(*tensors_, "embeddings");
  if (tensor == nullptr) throw error(ErrorCode::kModel, "{}: no tensor embedding.weight and no tensor embeddings", file.string());
  if (tensor->shape.size() != 2 || tensor->shape[0] < 1 || tensor->shape[0] > kMaxRows || tensor->shape[1] < 1 ||
      tensor->shape[1] > kMaxDimensions) {
    throw error(ErrorCode::kModel, "{}: the embeddings have shape [{}], expected [tokens, dimensions]", file.string(),
                fmt::join(tensor->shape, ", "));
  }
  dimensions = static_cast<int>(tensor->shape[1]);
  const auto elements = static_cast<size_t>(tensor->elements());
  const bool aligned = reinterpret_cast<uintptr_t>(tensor->bytes.data()) % alignof(float) == 0;
  if (tensor->dtype == DType::kF32 && aligned) {
    table = {reinterpret_cast<const float*>(tensor->bytes.data()), elements};
  } else if (is_floating(tensor->dtype) || tensor->dtype == DType::kF64 || tensor->dtype == DType::kI8) {
    auto values = std::make_shared<std::vector<float>>(elements);
    tensor->read(0, *values);
    table = *values;
    owned_ = std::move(values);
  } else {
    throw error(ErrorCode::kUnsupported, "{}: the embeddings are stored in a type that they cannot have (F32, F16, BF16, F64, I8)",
                file.string());
  }
  if (of_model2vec) {
    read_mapping(file);
    read_weights(file);
  }
  const int64_t rows = row_of_token.empty() ? tensor->shape[0] : static_cast<int64_t>(row_of_token.size());
  if (tokenizer->vocab_size() > rows) {
    throw error(ErrorCode::kModel, "{}: embeddings for {} tokens, but the tokenizer's ids go to {}: the two are not of one model",
                file.string(), rows, tokenizer->vocab_size() - 1);
  }
}

void StaticModel::read_mapping(const std::filesystem::path& file) {
  const TensorView* mapping = find(*tensors_, "mapping");
  if (mapping == nullptr) return;
  if (mapping->shape.size() != 1 || (mapping->dtype != DType::kI64 && mapping->dtype != DType::kI32)) {
    throw error(ErrorCode::kModel, "{}: tensor mapping: expected whole numbers (I64 or I32), one a token", file.string());
  }
  const int64_t rows = static_cast<int64_t>(table.size()) / dimensions;
  for (const int64_t row : mapping->integers()) {
    if (row < 0 || row >= rows) {
      throw error(ErrorCode::kModel, "{}: tensor mapping: token {} is mapped to row {} of {}", file.string(), row_of_token.size(), row,
                  rows);
    }
    row_of_token.push_back(static_cast<int32_t>(row));
  }
}

void StaticModel::read_weights(const std::filesystem::path& file) {
  const TensorView* weights = find(*tensors_, "weights");
  if (weights == nullptr) return;
  if (weights->shape.size() != 1 || weights->elements() < tokenizer->vocab_size() ||
      (!is_floating(weights->dtype) && weights->dtype != DType::kF64)) {
    throw error(ErrorCode::kModel, "{}: tensor weights: expected {} numbers, one a token", file.string(), tokenizer->vocab_size());
  }
  token_weights.resize(static_cast<size_t>(weights->elements()));
  weights->read(0, token_weights);
}

void StaticModel::tokens_of(std::string_view text, std::vector<int32_t>& ids) const {
  ids.clear();
  if (rules.max_characters) text = first_characters(text, *rules.max_characters);
  tokenizer->encode(text, ids);
  if (rules.max_tokens && ids.size() > static_cast<size_t>(*rules.max_tokens)) {
    const auto kept = static_cast<size_t>(*rules.max_tokens);
    if (rules.keep_end) std::copy(ids.end() - static_cast<std::ptrdiff_t>(kept), ids.end(), ids.begin());
    ids.resize(kept);
  }
  if (rules.unknown) ids.erase(std::remove(ids.begin(), ids.end(), *rules.unknown), ids.end());
}

void StaticModel::mean_of(std::span<const int32_t> ids, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0F);
  const auto width = static_cast<size_t>(dimensions);
  for (const int32_t id : ids) {
    const auto token = static_cast<size_t>(id);
    const float* row = table.data() + (row_of_token.empty() ? token : static_cast<size_t>(row_of_token[token])) * width;
    const float weight = token_weights.empty() ? 1.0F : token_weights[token];
    for (size_t i = 0; i < width; ++i) out[i] += weight * row[i];
  }
  if (ids.empty()) return;
  for (float& value : out) value /= static_cast<float>(ids.size());
}

}  // namespace crossrank
