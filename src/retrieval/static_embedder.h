// StaticEmbedder: texts to vectors by the mean of their tokens' vectors. Tokenizing is the cost, so texts are spread over threads.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/thread_team.h"
#include "retrieval/embedder.h"
#include "retrieval/static_model.h"

namespace crossrank {

class StaticEmbedder final : public Embedder {
 public:
  /// Nothing for a folder that is not a static model's; see StaticModel::open.
  static std::unique_ptr<Embedder> load(const std::filesystem::path& folder, const LoadOptions& options, const EmbedderOptions& embedding);

  int dimensions() const override { return dimensions_; }
  std::string identity() const override;
  std::string prompt(EmbeddingTask task, const PromptOptions& options) const override { return model_.settings.prompt(task, options); }
  void embed(std::span<const std::string_view> texts, std::string_view prompt, std::span<float> out,
             const Progress& progress) const override;

 private:
  StaticEmbedder(StaticModel model, int threads, const EmbedderOptions& embedding);
  struct Scratch;
  void embed_one(std::string_view text, std::string_view prompt, std::span<float> out, Scratch& scratch) const;

  StaticModel model_;
  int dimensions_;
  mutable std::mutex team_mutex_;  // a team does one job at a time
  mutable ThreadTeam team_;
};

}  // namespace crossrank
