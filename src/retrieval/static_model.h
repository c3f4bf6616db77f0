// StaticModel: the folder of a static embedding model, read: a vector for each token, and which tokens of a text count.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arch/safetensors.h"
#include "retrieval/prompts.h"
#include "text/tokenizer.h"

namespace crossrank {

/// Which tokens of a text count. Sentence Transformers' StaticEmbedding keeps to the truncation in tokenizer.json; model2vec cuts the
/// text itself, then the tokens, then leaves out the unknown ones.
struct StaticTokenRules {
  std::optional<int64_t> max_characters;
  std::optional<int64_t> max_tokens;
  bool keep_end = false;  // of a text that is too long
  std::optional<int32_t> unknown;
};

/// Immutable; keeps its weights mapped where they are stored as f32.
struct StaticModel {
  /// Reads a folder whose modules.json begins with a StaticEmbedding, or one without modules.json that model2vec wrote; nothing for any
  /// other folder. Error(kModel, kTokenizer, kUnsupported, kIo) names file and tensor.
  static std::optional<StaticModel> open(const std::filesystem::path& folder);

  std::filesystem::path folder;
  std::shared_ptr<const Tokenizer> tokenizer;
  StaticTokenRules rules;
  SentenceTransformersSettings settings;

  int dimensions = 0;
  std::span<const float> table;       // [rows, dimensions]
  std::vector<int32_t> row_of_token;  // [tokens]; empty: the token's id
  std::vector<float> token_weights;   // [tokens]; empty: 1

  /// Ids of a text that count, in order, into `ids`.
  void tokens_of(std::string_view text, std::vector<int32_t>& ids) const;
  /// The mean of the vectors of tokens, times their weights; zeros without tokens. out: [dimensions]
  void mean_of(std::span<const int32_t> ids, std::span<float> out) const;

 private:
  void read_tensors(const std::filesystem::path& file, bool model2vec);
  void read_mapping(const std::filesystem::path& file);
  void read_weights(const std::filesystem::path& file);

  std::shared_ptr<const Safetensors> tensors_;       // holds what `table` maps
  std::shared_ptr<const std::vector<float>> owned_;  // what it points to where it is stored in another type
};

}  // namespace crossrank
