// Embedder: texts to unit vectors, by any bi-encoder that Sentence Transformers loads: a transformer, or static embeddings.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossrank/options.h"
#include "crossrank/reranker.h"

namespace crossrank {

/// Row-major [rows, dimensions].
struct EmbeddingMatrix {
  int64_t rows = 0;
  int dimensions = 0;
  std::vector<float> values;

  std::span<const float> row(int64_t index) const { return {values.data() + index * dimensions, static_cast<size_t>(dimensions)}; }
};

/// What stands before each text: the named prompt of the model's configuration, or a text of the caller's, which wins.
struct PromptOptions {
  std::string prompt_name = {};
  std::string prompt = {};
};

/// Whether texts are anchors or what is searched: the reference's encode_query and encode_document, which differ in the
/// prompt taken by default and in Router modules.
enum class EmbeddingTask { kQuery, kDocument };

/// How texts become vectors.
struct EmbedderOptions {
  int truncate_dim = 0;
  int max_length = 0;
  int batch_tokens = 16'384;

  static constexpr void visit(auto& self, auto&& field) {
    field("truncate-dim", self.truncate_dim, "dimensions to keep of each vector (Matryoshka); 0 keeps what the model says");
    field("max-length", self.max_length, "longest text in tokens; 0 keeps the model's limit");
    field("batch-tokens", self.batch_tokens, "tokens given to the engine at once");
  }
};

/// Const calls may come from several threads; they take turns at the engine.
class Embedder {
 public:
  /// Loads a Sentence Transformers folder (a transformer or StaticEmbedding), a transformer bi-encoder without modules (the mean of its
  /// vectors, as the reference), or a model2vec folder, by folder or Hub id. Error(kModel) for a cross-encoder; kTokenizer, kUnsupported,
  /// kIo name file and field.
  static std::unique_ptr<Embedder> load(const std::string& model, const LoadOptions& options = {}, const EmbedderOptions& embedding = {});
  virtual ~Embedder() = default;

  virtual int dimensions() const = 0;
  /// Names the weights and every setting that changes an embedding, for caches: equal strings, equal embeddings. Reads the whole model.
  virtual std::string identity() const = 0;
  /// The text that would stand before each of the texts. Error(kUsage) names the prompts that there are.
  virtual std::string prompt(EmbeddingTask task, const PromptOptions& options) const = 0;

  /// Unit vectors into out [texts, dimensions], in the order given; the same whatever the other texts are. A text in which a static
  /// model knows no token is all zeros, as in the reference. OutputIsNoNumber, an Error(kModel), knows the text by its index.
  virtual void embed(std::span<const std::string_view> texts, std::string_view prompt, std::span<float> out,
                     const Progress& progress = {}) const = 0;
};

}  // namespace crossrank
