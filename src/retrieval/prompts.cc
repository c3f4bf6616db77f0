#include "retrieval/prompts.h"

#include <vector>

#include "arch/config_fields.h"
#include "arch/settings.h"
#include "base/error.h"
#include "base/nearest_name.h"

namespace crossrank {

SentenceTransformersSettings SentenceTransformersSettings::none() {
  SentenceTransformersSettings settings;
  settings.prompts = {{"query", ""}, {"document", ""}};
  return settings;
}

SentenceTransformersSettings SentenceTransformersSettings::read(const std::filesystem::path& folder) {
  SentenceTransformersSettings settings = none();
  const std::filesystem::path file = folder / "config_sentence_transformers.json";
  const auto json = read_json_if_there(file);
  if (!json) return settings;
  const JsonObject config(*json, file.string(), ErrorCode::kModel);
  if (config.has("prompts")) {
    const JsonObject prompts = config.object("prompts");
    for (const auto& prompt : prompts.json().items()) settings.prompts[prompt.key()] = prompts.string(prompt.key(), "");
  }
  const std::string by_default = config.string("default_prompt_name", "");
  if (config.has("default_prompt_name") && settings.prompts.count(by_default) == 0) {
    throw config.bad_field("default_prompt_name", fmt::format("\"{}\" is none of the prompts", by_default));
  }
  settings.truncate_dim = size_field(config, "truncate_dim", kMaxWidth * 16, 0);
  return settings;
}

std::string SentenceTransformersSettings::prompt(EmbeddingTask task, const PromptOptions& options) const {
  if (!options.prompt.empty()) return options.prompt;
  if (options.prompt_name.empty()) return prompts.at(task == EmbeddingTask::kQuery ? "query" : "document");
  const auto found = prompts.find(options.prompt_name);
  if (found != prompts.end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& prompt : prompts) names.push_back(prompt.first);
  throw error(ErrorCode::kUsage, "prompt name \"{}\": the model has {}; nearest: {}", options.prompt_name, fmt::join(names, ", "),
              nearest_name(options.prompt_name, names));
}

}  // namespace crossrank
