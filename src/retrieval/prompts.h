// Prompts: what Sentence Transformers puts before a text, by name, by task, or by default.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "retrieval/embedder.h"

namespace crossrank {

/// config_sentence_transformers.json, as far as embeddings depend on it.
struct SentenceTransformersSettings {
  std::map<std::string, std::string> prompts;  // always with "query" and "document"
  int truncate_dim = 0;                        // 0: none

  /// Of a folder with modules.json; the reference reads the file in no other. Error(kModel) names the field.
  static SentenceTransformersSettings read(const std::filesystem::path& folder);
  /// Of any other folder.
  static SentenceTransformersSettings none();

  /// The text before texts of this task, as encode_query and encode_document of the reference (6.2.0) choose it: a text given, else the
  /// prompt named, else "query" or "document". default_prompt_name is for its encode() alone: these two never come to it, since every
  /// model has both names there, empty where its file gives none. Error(kUsage) lists the names.
  std::string prompt(EmbeddingTask task, const PromptOptions& options) const;
};

}  // namespace crossrank
