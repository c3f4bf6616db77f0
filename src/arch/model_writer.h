// write_model_folder: a model with new weights in Hugging Face's format, its settings as they were.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "arch/model_folder.h"

namespace crossrank {

struct ModelToWrite {
  const ModelFolder& model;
  std::vector<std::span<const float>> values;  // of model.tensors(), in their order
  int max_length = 0;                          // tokens of a sequence, for tokenizer_config.json; 0: what it says already
};

/// Writes into `folder`, which is there: model.safetensors in F32 (of each module that has weights), config.json, the tokenizer's files,
/// and for a cross-encoder modules.json, sentence_bert_config.json and config_sentence_transformers.json as the reference's
/// CrossEncoder.save has them. Each file appears whole; nothing else in the folder is touched. Error(kIo).
void write_model_folder(const ModelToWrite& what, const std::filesystem::path& folder);

}  // namespace crossrank
