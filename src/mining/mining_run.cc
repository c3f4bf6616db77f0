#include "mining/mining_run.h"

#include <optional>

#include "base/error.h"
#include "rank/output_is_no_number.h"
#include "retrieval/embedder.h"
#include "retrieval/embedding_cache.h"

namespace crossrank {
namespace {

// The embeddings of one side, and where its texts stand.
struct Side {
  const UniqueTexts& texts;
  const TextPlaces& places;
  EmbeddingTask task;
  PromptOptions prompt;
  std::string_view stage;
};

std::vector<std::string_view> views(const UniqueTexts& texts) { return {texts.texts().begin(), texts.texts().end()}; }

EmbeddingView view_of(const EmbeddingStore& store) { return {store.block(0, store.rows()), store.dimensions()}; }

EmbeddingStore open_store(const Embedder& embedder, const Side& side, const std::string& folder, const Progress& progress) {
  try {
    return EmbeddingStore::open(embedder, views(side.texts), {.folder = folder, .task = side.task, .prompt = side.prompt}, progress);
  } catch (const OutputIsNoNumber& problem) {
    throw error(ErrorCode::kModel, "{}: the text's embedding is not a number: the weights of {} are damaged or overflow; check that model",
                side.places[problem.index()], problem.model());
  }
}

EmbeddingStore embed(const Embedder& embedder, const Side& side, const std::string& folder, const MiningEvents& events) {
  const Progress progress = events.stage ? events.stage(side.stage, "texts") : Progress{};
  EmbeddingStore store = open_store(embedder, side, folder, progress);
  if (events.say && store.reused_rows() > 0) {
    events.say(fmt::format("Took {} of {} embeddings from {}.", store.reused_rows(), store.rows(), store.file().string()));
  }
  return store;
}

// A stage by embeddings, and the embeddings that it reads.
struct Embeddings {
  Embeddings(const MiningRun& run, const Embedder& embedder, const MiningPairs& pairs, const MiningEvents& events)
      : corpus(embed(embedder,
                     {pairs.corpus(),
                      pairs.corpus_places(),
                      EmbeddingTask::kDocument,
                      {run.corpus_prompt_name, run.corpus_prompt},
                      "Embedding the corpus"},
                     run.cache_folder, events)),
        queries(embed(embedder,
                      {pairs.queries(),
                       pairs.query_places(),
                       EmbeddingTask::kQuery,
                       {run.query_prompt_name, run.query_prompt},
                       "Embedding the queries"},
                      run.cache_folder, events)) {}

  EmbeddingStore corpus, queries;
};

void require_models(const MiningRun& run) {
  if (run.embedder.empty()) throw Error(ErrorCode::kUsage, "--embedder is missing: name a bi-encoder's folder or Hub id, or bm25");
  const bool has_prompt = !(run.query_prompt_name + run.query_prompt + run.corpus_prompt_name + run.corpus_prompt).empty();
  if (run.embedder == kBm25 && (has_prompt || !run.cache_folder.empty())) {
    throw Error(ErrorCode::kUsage, "--embedder bm25 makes no embeddings: leave prompts and --cache-folder away");
  }
}

Rescorer rescorer_of(const Reranker& reranker, const PredictOptions& options) {
  return [&reranker, options](std::span<const TextPair> pairs, const Progress& progress) {
    std::vector<float> scores;
    scores.reserve(pairs.size());
    for (const Score& score : reranker.predict(pairs, options, progress)) scores.push_back(score.value);
    return scores;
  };
}

std::optional<Reranker> load_cross_encoder(const MiningRun& run, const MiningModels& models) {
  if (run.cross_encoder.empty()) return std::nullopt;
  LoadOptions options = models.load;
  options.revision = LoadOptions{}.revision;                                        // the one that was given is the embedder's
  if (options.precision == Precision::kAuto) options.precision = Precision::kFp32;  // scores meet bounds, as the reference's do
  Reranker reranker = Reranker::load(run.cross_encoder, options);
  if (const int labels = reranker.info().num_labels; labels != 1) {
    throw error(ErrorCode::kUsage, "--cross-encoder {}: {} labels; scoring pairs needs a model with one", run.cross_encoder, labels);
  }
  return reranker;
}

}  // namespace

MiningReport run_mining(const MiningRun& run, const DatasetOptions& data, const MiningOptions& given, const MiningModels& models,
                        const MiningEvents& events, const OnBadRow& on_bad_row) {
  require_models(run);
  MiningOptions options = given;
  for (const std::string& note : settle(options)) {
    if (events.say) events.say(note);
  }

  const auto reader = DatasetReader::open(data);
  const PairColumns columns = pair_columns(*reader, options);
  const auto writer = RowWriter::open(run.output, mined_columns(options, columns));
  MiningPairs pairs;
  if (!run.corpus.empty()) read_corpus(*DatasetReader::open({.path = run.corpus}), run.corpus_field, columns, on_bad_row, pairs);
  read_pairs(*reader, columns, on_bad_row, pairs);
  pairs.settle();
  range_max_of(options, pairs.max_rows_of_a_query(), !run.cross_encoder.empty());  // before anything is embedded

  const std::optional<Reranker> reranker = load_cross_encoder(run, models);
  const FirstStageOptions stage_options{.query_block = options.faiss_batch_size, .threads = models.load.threads};
  std::optional<Embeddings> embeddings;
  std::unique_ptr<FirstStage> stage;
  if (run.embedder == kBm25) {
    stage = bm25_stage(pairs, stage_options);
  } else {
    embeddings.emplace(run, *Embedder::load(run.embedder, models.load, models.embedding), pairs, events);
    stage = embedding_stage(pairs, view_of(embeddings->queries), view_of(embeddings->corpus), stage_options);
  }
  MiningReport report =
      mine_hard_negatives(options, pairs, *stage, reranker ? rescorer_of(*reranker, models.predict) : Rescorer{}, *writer, events);
  writer->finish();
  return report;
}

}  // namespace crossrank
