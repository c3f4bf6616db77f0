// Scorer: pairs to rows of outputs: encode, pack, run the engine, back in the caller's order.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "arch/model_folder.h"
#include "crossrank/options.h"
#include "crossrank/reranker.h"
#include "model/engine.h"
#include "text/pair_encoder.h"

namespace crossrank {

/// Outputs of many sequences, in the caller's order.
struct OutputRows {
  int num_outputs = 0;
  std::vector<float> values;   // [sequences, num_outputs]
  std::vector<int> truncated;  // [sequences]: tokens cut
};

/// A model folder with its tokenizer and an engine. Const calls may come from several threads; they take turns at the engine.
class Scorer {
 public:
  /// Error when tokenizer and embeddings disagree. `engine` may be null: then only encoding works.
  Scorer(std::shared_ptr<const ModelFolder> model, std::shared_ptr<const Tokenizer> tokenizer, std::unique_ptr<Engine> engine);

  const ModelFolder& model() const { return *model_; }
  const Engine* engine() const { return engine_.get(); }
  const Tokenizer& tokenizer() const { return *tokenizer_; }

  /// What the model gets for a pair, or for one text.
  Encoding encode(const PairEncoder& encoder, const TextPair& pair) const;
  Encoding encode(const PairEncoder& encoder, std::string_view text) const;

  /// The encoder for these options. Error(kUsage) when max_length is more than the model's positions or leaves no room for a text.
  PairEncoder pair_encoder(const PredictOptions& options) const;

  /// One row a pair. Error(kModel) when an output is not a number.
  OutputRows run(std::span<const TextPair> pairs, const PredictOptions& options, const Progress& progress) const;

 private:
  void score_window(const PairEncoder& encoder, std::span<const TextPair> pairs, int64_t first, int batch_tokens, OutputRows& rows,
                    const Progress& progress) const;
  Encoding for_model(Encoding encoding) const;

  std::shared_ptr<const ModelFolder> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<Engine> engine_;
  mutable std::mutex engine_mutex_;
};

}  // namespace crossrank
