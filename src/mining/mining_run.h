// run_mining: the whole of `crossrank mine`: reads, embeds or indexes, mines and writes.
#pragma once

#include <string>

#include "crossrank/options.h"
#include "data/dataset.h"
#include "mining/mine.h"
#include "mining/mining_options.h"
#include "mining/read_pairs.h"
#include "retrieval/embedder.h"

namespace crossrank {

/// The first stage that needs no model.
inline constexpr std::string_view kBm25 = "bm25";

/// Where everything comes from and goes to.
struct MiningRun {
  std::string embedder;       // a bi-encoder's folder or Hub id, or "bm25"
  std::string corpus;         // a data set of further texts; empty: the positives alone
  std::string corpus_field;   // its column
  std::string cross_encoder;  // empty: none
  std::string query_prompt_name, query_prompt;
  std::string corpus_prompt_name, corpus_prompt;
  std::string cache_folder;  // empty: embeddings are not kept
  std::string output;        // empty: standard output

  static constexpr void visit(auto& self, auto&& field) {
    field("embedder", self.embedder, "what finds candidates: a bi-encoder's folder or Hub id, or bm25");
    field("corpus", self.corpus, "data set of further texts to choose negatives from");
    field("corpus-field", self.corpus_field, "its column (default: named as the answers' one, else text)");
    field("cross-encoder", self.cross_encoder, "model that scores candidates anew for margins and score bounds");
    field("query-prompt-name", self.query_prompt_name, "which of the embedder's prompts stands before queries");
    field("query-prompt", self.query_prompt, "text before each query; wins over the name");
    field("corpus-prompt-name", self.corpus_prompt_name, "which of the embedder's prompts stands before documents");
    field("corpus-prompt", self.corpus_prompt, "text before each document; wins over the name");
    field("cache-folder", self.cache_folder, "folder that keeps embeddings for the next run, or for this one's rest if it is cut");
  }
};

/// How the models are loaded and run.
struct MiningModels {
  LoadOptions load = {};  // the revision is the embedder's
  EmbedderOptions embedding = {};
  PredictOptions predict = {};  // the cross-encoder's
};

/// Reads the pairs and the corpus, opens the output, loads the models (so that what is wrong is said before the long work begins) and
/// mines. Rows appear when all are there. Errors of all parts; nothing of the output is left behind by one.
MiningReport run_mining(const MiningRun& run, const DatasetOptions& data, const MiningOptions& options, const MiningModels& models,
                        const MiningEvents& events = {}, const OnBadRow& on_bad_row = {});

}  // namespace crossrank
