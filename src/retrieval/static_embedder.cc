#include "retrieval/static_embedder.h"

#include <algorithm>

#include "base/cpu_budget.h"
#include "base/error.h"
#include "rank/output_is_no_number.h"
#include "retrieval/model_identity.h"
#include "retrieval/unit_length.h"

namespace crossrank {
namespace {

// Texts that a thread takes at once, and texts between two calls of progress.
constexpr int64_t kTextsAtOnce = 64;
constexpr int64_t kWindow = 16'384;

}  // namespace

// What a thread needs for one text after another.
struct StaticEmbedder::Scratch {
  std::string with_prompt;
  std::vector<int32_t> ids;
  std::vector<float> vector;
};

std::unique_ptr<Embedder> StaticEmbedder::load(const std::filesystem::path& folder, const LoadOptions& options,
                                               const EmbedderOptions& embedding) {
  if (options.threads < 0) throw error(ErrorCode::kUsage, "threads: {} is negative; 0 takes what the machine allows", options.threads);
  if (embedding.max_length < 0)
    throw error(ErrorCode::kUsage, "max-length: {} is negative; 0 keeps the model's limit", embedding.max_length);
  std::optional<StaticModel> model = StaticModel::open(folder);
  if (!model) return nullptr;
  const int threads = options.threads > 0 ? options.threads : available_cpus();
  return std::unique_ptr<Embedder>(new StaticEmbedder(std::move(*model), threads, embedding));
}

StaticEmbedder::StaticEmbedder(StaticModel model, int threads, const EmbedderOptions& embedding)
    : model_(std::move(model)), team_(threads) {
  if (embedding.max_length > 0) model_.rules.max_tokens = embedding.max_length;
  dimensions_ = kept_dimensions(embedding.truncate_dim, model_.settings.truncate_dim, model_.dimensions);
}

std::string StaticEmbedder::identity() const {
  return fmt::format("static {} {} {}", model_digest(model_.folder), model_.rules.max_tokens.value_or(-1), dimensions_);
}

void StaticEmbedder::embed_one(std::string_view text, std::string_view prompt, std::span<float> out, Scratch& scratch) const {
  if (!prompt.empty()) text = scratch.with_prompt.assign(prompt).append(text);
  model_.tokens_of(text, scratch.ids);
  scratch.vector.resize(static_cast<size_t>(model_.dimensions));
  model_.mean_of(scratch.ids, scratch.vector);
  std::copy_n(scratch.vector.begin(), out.size(), out.begin());
  make_unit_length(out);
}

void StaticEmbedder::embed(std::span<const std::string_view> texts, std::string_view prompt, std::span<float> out,
                           const Progress& progress) const {
  check_room(texts.size(), dimensions_, out.size());
  const auto total = static_cast<int64_t>(texts.size());
  const auto width = static_cast<size_t>(dimensions_);
  const std::lock_guard turn(team_mutex_);
  std::vector<Scratch> scratch(static_cast<size_t>(team_.size()));
  for (int64_t first = 0; first < total; first += kWindow) {
    const int64_t end = std::min(first + kWindow, total);
    team_.parallel_for((end - first + kTextsAtOnce - 1) / kTextsAtOnce, [&](int64_t chunk, int worker) {
      const int64_t begin = first + chunk * kTextsAtOnce;
      for (int64_t i = begin; i < std::min(begin + kTextsAtOnce, end); ++i) {
        const auto at = static_cast<size_t>(i);
        embed_one(texts[at], prompt, out.subspan(at * width, width), scratch[static_cast<size_t>(worker)]);
      }
    });
    const auto done = static_cast<size_t>(first) * width;
    const int64_t bad = first_row_with_nan(out.subspan(done, static_cast<size_t>(end - first) * width), dimensions_);
    if (bad >= 0) throw OutputIsNoNumber(model_.folder, "text", first + bad);
    if (progress) progress(end, total);
  }
}

}  // namespace crossrank
