// TransformerEmbedder: texts to vectors by a transformer bi-encoder: packed batches through an engine, as rerankers run.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "rank/scorer.h"
#include "retrieval/embedder.h"
#include "retrieval/prompts.h"

namespace crossrank {

class TransformerEmbedder final : public Embedder {
 public:
  /// Error(kModel) for a cross-encoder.
  static std::unique_ptr<Embedder> load(const std::filesystem::path& folder, const LoadOptions& options, const EmbedderOptions& embedding);

  int dimensions() const override { return dimensions_; }
  std::string identity() const override;
  std::string prompt(EmbeddingTask task, const PromptOptions& options) const override { return settings_.prompt(task, options); }
  void embed(std::span<const std::string_view> texts, std::string_view prompt, std::span<float> out,
             const Progress& progress) const override;

 private:
  TransformerEmbedder(const std::shared_ptr<const ModelFolder>& model, const LoadOptions& options, const EmbedderOptions& embedding);

  Scorer scorer_;
  SentenceTransformersSettings settings_;
  PredictOptions options_;
  int dimensions_;
};

}  // namespace crossrank
