#include "retrieval/transformer_embedder.h"

#include <algorithm>

#include "base/error.h"
#include "rank/load_scorer.h"
#include "retrieval/model_identity.h"
#include "retrieval/unit_length.h"

namespace crossrank {

std::unique_ptr<Embedder> TransformerEmbedder::load(const std::filesystem::path& folder, const LoadOptions& options,
                                                    const EmbedderOptions& embedding) {
  auto model = std::make_shared<const ModelFolder>(ModelFolder::open(folder, ModelUse::kEmbeddings));
  if (!model->is_bi_encoder) {
    throw error(ErrorCode::kModel, "{}: a cross-encoder, which gives scores and no embeddings; an embedder is a bi-encoder",
                folder.string());
  }
  return std::unique_ptr<Embedder>(new TransformerEmbedder(model, options, embedding));
}

namespace {

// bf16 moves one neighbour in forty-four: who wants that asks for it.
LoadOptions embedding_options(LoadOptions options) {
  if (options.precision == Precision::kAuto) options.precision = Precision::kFp32;
  return options;
}

}  // namespace

TransformerEmbedder::TransformerEmbedder(const std::shared_ptr<const ModelFolder>& model, const LoadOptions& options,
                                         const EmbedderOptions& embedding)
    : scorer_(load_scorer(model, embedding_options(options))) {
  std::error_code problem;
  const bool modular = std::filesystem::exists(model->folder / "modules.json", problem);
  settings_ = modular ? SentenceTransformersSettings::read(model->folder) : SentenceTransformersSettings::none();
  options_.max_length = embedding.max_length;
  options_.batch_tokens = embedding.batch_tokens;
  dimensions_ = kept_dimensions(embedding.truncate_dim, settings_.truncate_dim, model->head.num_outputs);
}

std::string TransformerEmbedder::identity() const {
  const ModelFolder& model = scorer_.model();
  const int max_length = options_.max_length > 0 ? options_.max_length : model.max_length;
  const std::string arithmetic = scorer_.engine() != nullptr ? scorer_.engine()->precision() : "none";
  return fmt::format("transformer {} {} {} {}", model_digest(model.folder), arithmetic, max_length, dimensions_);
}

void TransformerEmbedder::embed(std::span<const std::string_view> texts, std::string_view prompt, std::span<float> out,
                                const Progress& progress) const {
  check_room(texts.size(), dimensions_, out.size());
  if (scorer_.engine() == nullptr) {
    throw error(ErrorCode::kUsage, "{}: loaded with describe_only, which cannot embed", scorer_.model().folder.string());
  }
  const auto width = static_cast<size_t>(scorer_.model().head.num_outputs), kept = static_cast<size_t>(dimensions_);
  std::vector<float> whole;  // vectors that are cut to fewer dimensions
  if (kept != width) whole.resize(texts.size() * width);
  const std::span<float> rows = kept == width ? out : std::span(whole);
  scorer_.run(texts, prompt, options_, rows, progress);
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::span<float> vector = out.subspan(i * kept, kept);
    if (kept != width) std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(i * width), kept, vector.begin());
    make_unit_length(vector);
  }
}

}  // namespace crossrank
