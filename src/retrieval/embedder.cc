#include "retrieval/embedder.h"

#include <filesystem>

#include "rank/resolve_model.h"
#include "retrieval/static_embedder.h"
#include "retrieval/transformer_embedder.h"

namespace crossrank {

std::unique_ptr<Embedder> Embedder::load(const std::string& model, const LoadOptions& options, const EmbedderOptions& embedding) {
  const std::filesystem::path folder = resolve_model(model, options);
  if (auto embedder = StaticEmbedder::load(folder, options, embedding)) return embedder;
  return TransformerEmbedder::load(folder, options, embedding);
}

}  // namespace crossrank
