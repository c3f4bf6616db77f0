// Reranker: loads a cross-encoder and scores or ranks text with it. The whole public face, with options.h and error.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossrank/error.h"
#include "crossrank/options.h"
#include "crossrank/text_pair.h"

namespace crossrank {

/// The score of one pair by a model with one label.
struct Score {
  float value = 0;    ///< after the activation function: what sentence_transformers.CrossEncoder.predict returns
  float logit = 0;    ///< before it; sort by this one, because sigmoid saturates
  int truncated = 0;  ///< tokens of the pair that were cut to fit the model
};

/// One document of a ranking.
struct Ranking {
  int index = 0;  ///< position in the documents given ("corpus_id")
  float score = 0;
  float logit = 0;
  int truncated = 0;
};

/// The scores of pairs by a model with any number of labels.
struct LabelScores {
  int num_labels = 0;
  std::vector<float> values;   ///< [pairs, num_labels]
  std::vector<float> logits;   ///< [pairs, num_labels]
  std::vector<int> truncated;  ///< [pairs]
};

/// What a model is.
struct ModelInfo {
  std::string folder;
  std::string model_type;    ///< "modernbert", "bert", ... as config.json says
  std::string architecture;  ///< "ModernBertForSequenceClassification", ...
  int num_labels = 0;
  std::vector<std::string> labels;  ///< names of the labels, from id2label; empty where the model gives none
  std::string activation;           ///< "sigmoid", "identity", "softmax"
  int max_length = 0;               ///< tokens of a pair, special tokens included
  int num_layers = 0, hidden_size = 0, num_heads = 0, intermediate_size = 0, vocab_size = 0;
  int64_t parameters = 0;
  int64_t matrix_parameters = 0;  ///< the parameters that int8 and bf16 shrink
  std::string stored_as;          ///< "F32", "BF16", "F16", or several
  std::string precision;          ///< the arithmetic that was chosen
  std::string precision_reason;   ///< and why that one, in words
  std::string instruction_set;    ///< what the kernels run on
  int threads = 0;
};

/// Progress of a long call: pairs done so far, of how many. Called from one thread at a time, not at fixed steps.
using Progress = std::function<void(int64_t done, int64_t total)>;

/// A cross-encoder. Calls are const and may come from several threads; they then take turns at the engine.
///
/// Example:
///   auto reranker = crossrank::Reranker::load("models/crossrank-minilm-l6-v1");
///   for (const auto& hit : reranker.rank("how tall is K2?", documents, {.top_k = 10}))
///     std::cout << hit.score << '\t' << documents[hit.index] << '\n';
class Reranker {
 public:
  /// Loads a Hugging Face model: a folder, else a Hub id ("org/name"), which is fetched into the cache that Python shares.
  /// Error(kModel, kTokenizer, kUnsupported, kIo, kHub) names file and field.
  static Reranker load(const std::string& model, const LoadOptions& options = {});

  Reranker(Reranker&&) noexcept;
  Reranker& operator=(Reranker&&) noexcept;
  ~Reranker();

  /// One score a pair, in the order given. Error(kUsage) for a model with several labels.
  std::vector<Score> predict(std::span<const TextPair> pairs, const PredictOptions& options = {}, const Progress& progress = {}) const;

  /// All labels' scores of each pair, in the order given; any model.
  LabelScores predict_labels(std::span<const TextPair> pairs, const PredictOptions& options = {}, const Progress& progress = {}) const;

  /// Documents by falling logit, ties in the order given. Error(kUsage) for a model with several labels.
  std::vector<Ranking> rank(std::string_view query, std::span<const std::string> documents, const RankOptions& options = {},
                            const Progress& progress = {}) const;

  /// Several requests at once: packed together, ranked each for itself. The same rankings as rank(), faster.
  struct Request {
    std::string_view query;
    std::span<const std::string> documents;
  };
  std::vector<std::vector<Ranking>> rank(std::span<const Request> requests, const RankOptions& options = {},
                                         const Progress& progress = {}) const;

  /// Ids, type ids and tokens of a pair as the model sees it.
  struct Tokens {
    std::vector<int32_t> ids;
    std::vector<int32_t> type_ids;
    std::vector<std::string> tokens;
    int truncated = 0;
  };
  Tokens tokenize(const TextPair& pair, const PredictOptions& options = {}) const;
  /// The same for one text alone.
  Tokens tokenize(std::string_view text, const PredictOptions& options = {}) const;

  const ModelInfo& info() const;

  /// The spelling of every id, as tokenizer.json has it ("Ġword", "##ing"); empty for an id that is none.
  std::vector<std::string> vocabulary() const;

  /// Multiply-adds, each two operations, of one pair of `tokens` tokens. `whole_model` counts every row of the last layer, as the
  /// architecture has it; without, only what is computed: past the keys and values, the rows that the head reads.
  double multiplications(int tokens, bool whole_model = true) const;

  /// Measures now, for about a second on all of the model's threads: operations a second of the fastest matrix products that this machine
  /// runs in the model's precision. Speed is a share of it. Not while other calls run: they would slow each other.
  double measure_matrix_peak() const;

 private:
  struct State;
  explicit Reranker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace crossrank
