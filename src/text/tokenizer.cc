#include "text/tokenizer.h"

#include <algorithm>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/utf8.h"
#include "text/added_tokens.h"
#include "text/models/model.h"
#include "text/normalizers/normalizer.h"
#include "text/post_processors/post_processor.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/tokenizer_json.h"

namespace crossrank {
namespace {

constexpr size_t kMaxFileBytes = size_t{256} << 20;  // the largest in use are some 30 MB

// The steps of a tokenizer.json, those that it has.
struct Steps {
  std::unique_ptr<const Normalizer> normalizer;
  std::unique_ptr<const PreTokenizer> pre_tokenizer;
  std::unique_ptr<const Model> model;
  std::unique_ptr<const PostProcessor> post_processor;
};

class PipelineTokenizer final : public Tokenizer {
 public:
  PipelineTokenizer(Steps steps, AddedTokens added_tokens) : steps_(std::move(steps)), added_tokens_(std::move(added_tokens)) {}

  void encode(std::string_view text, std::vector<int32_t>& ids) const override {
    if (is_valid_utf8(text)) {
      encode_valid(text, ids);
    } else {
      encode_valid(replace_invalid_utf8(text), ids);
    }
  }

  Encoding post_process(const std::vector<int32_t>& first, const std::vector<int32_t>* second) const override {
    std::vector<Segment> segments;
    segments.push_back({first, std::vector<int32_t>(first.size(), 0)});
    if (second != nullptr) segments.push_back({*second, std::vector<int32_t>(second->size(), 1)});
    if (steps_.post_processor != nullptr) steps_.post_processor->process(segments);
    size_t length = 0;
    for (const Segment& segment : segments) length += segment.ids.size();
    Encoding encoding;
    encoding.ids.reserve(length);
    encoding.type_ids.reserve(length);
    for (const Segment& segment : segments) {
      encoding.ids.insert(encoding.ids.end(), segment.ids.begin(), segment.ids.end());
      encoding.type_ids.insert(encoding.type_ids.end(), segment.type_ids.begin(), segment.type_ids.end());
    }
    return encoding;
  }

  int num_special_tokens(bool pair) const override {
    return steps_.post_processor == nullptr ? 0 : steps_.post_processor->num_special_tokens(pair);
  }

  int vocab_size() const override { return std::max(steps_.model->vocabulary().id_limit(), added_tokens_.id_limit()); }

  std::string token(int32_t id) const override {
    const AddedToken* added = added_tokens_.token(id);
    return added != nullptr ? added->content : std::string(steps_.model->vocabulary().token(id));
  }

  std::optional<int32_t> token_to_id(std::string_view token) const override {
    const std::optional<int32_t> added = added_tokens_.id(token);
    return added ? added : steps_.model->vocabulary().id(token);
  }

 private:
  void encode_valid(std::string_view text, std::vector<int32_t>& ids) const {
    for (const Section& section : added_tokens_.split(text, false)) {
      if (section.id >= 0) {
        ids.push_back(section.id);
        continue;
      }
      bool at_start = section.text.data() == text.data();
      if (steps_.normalizer == nullptr) {
        encode_normalized(section.text, at_start, ids);
      } else {
        std::string normalized(section.text);
        steps_.normalizer->normalize(normalized, at_start);
        encode_normalized(normalized, at_start, ids);
      }
    }
  }

  void encode_normalized(std::string_view text, bool at_start, std::vector<int32_t>& ids) const {
    for (const Section& section : added_tokens_.split(text, true)) {
      if (section.id >= 0) {
        ids.push_back(section.id);
        continue;
      }
      Pieces pieces(section.text, at_start && section.text.data() == text.data());
      if (steps_.pre_tokenizer != nullptr) steps_.pre_tokenizer->split(pieces);
      steps_.model->tokenize(pieces.views(), ids);
    }
  }

  Steps steps_;
  AddedTokens added_tokens_;
};

// Until 2020 files did not name the model's type; the reference goes by the fields, in this order.
void name_model_type(Json& file) {
  const auto model = file.is_object() ? file.find("model") : file.end();
  if (model == file.end() || !model->is_object() || model->contains("type")) return;
  if (model->contains("merges")) {
    (*model)["type"] = "BPE";
  } else if (model->contains("max_input_chars_per_word")) {
    (*model)["type"] = "WordPiece";
  } else if (model->contains("vocab")) {
    (*model)["type"] = model->at("vocab").is_array() ? "Unigram" : "WordLevel";
  }
}

Steps make_steps(const JsonObject& file, const FileVocabulary& vocabulary) {
  Steps steps;
  if (file.has("normalizer")) steps.normalizer = make_normalizer(file.object("normalizer"));
  std::unique_ptr<PreTokenizer> pre_tokenizer;
  if (file.has("pre_tokenizer")) pre_tokenizer = make_pre_tokenizer(file.object("pre_tokenizer"));
  std::unique_ptr<Model> model = make_model(file.object("model"), vocabulary);
  if (model->prepare(pre_tokenizer != nullptr && pre_tokenizer->offers_bytes())) pre_tokenizer->leave_bytes();
  steps.pre_tokenizer = std::move(pre_tokenizer);
  steps.model = std::move(model);
  if (file.has("post_processor")) steps.post_processor = make_post_processor(file.object("post_processor"));
  return steps;
}

// What the post-processor adds must be tokens: an id beyond the vocabulary has no embedding.
void check_special_ids(const Tokenizer& tokenizer, const JsonObject& file) {
  const std::vector<int32_t> empty;
  for (const Encoding& encoding : {tokenizer.post_process(empty, nullptr), tokenizer.post_process(empty, &empty)}) {
    for (const int32_t id : encoding.ids) {
      if (id < tokenizer.vocab_size()) continue;
      throw file.bad_field("post_processor", fmt::format("adds id {}, but the vocabulary ends at {}", id, tokenizer.vocab_size() - 1));
    }
  }
}

}  // namespace

std::shared_ptr<const Tokenizer> Tokenizer::from_json(std::string_view json, const std::string& where) {
  TokenizerJson parsed = parse_tokenizer_json(json, where);
  name_model_type(parsed.tree);
  const JsonObject file(parsed.tree, where, ErrorCode::kTokenizer);
  const std::string version = file.string("version", "1.0");
  if (version != "1.0") throw error(ErrorCode::kUnsupported, "{}: field version: \"{}\" is not supported, only 1.0", where, version);
  Steps steps = make_steps(file, parsed.vocabulary);
  AddedTokens added_tokens(file, steps.model->vocabulary(), steps.normalizer.get());
  auto tokenizer = std::make_shared<const PipelineTokenizer>(std::move(steps), std::move(added_tokens));
  check_special_ids(*tokenizer, file);
  return tokenizer;
}

std::shared_ptr<const Tokenizer> Tokenizer::from_file(const std::filesystem::path& path) {
  return from_json(read_file(path, kMaxFileBytes), path.string());
}

}  // namespace crossrank
