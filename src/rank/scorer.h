// Scorer: pairs, or texts, to rows of outputs: encode, drop repetitions, pack, run the engine, back in the caller's order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
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

  /// One row a pair. OutputIsNoNumber, an Error(kModel), when one is.
  OutputRows run(std::span<const TextPair> pairs, const PredictOptions& options, const Progress& progress) const;
  /// The same for texts alone, with `prompt` before each, into out [texts, model().head.num_outputs].
  void run(std::span<const std::string_view> texts, std::string_view prompt, const PredictOptions& options, std::span<float> out,
           const Progress& progress) const;

 private:
  // What is run: `count` pairs or texts, and how to get at their ids.
  struct Inputs {
    const char* kind;
    int64_t count;
    int batch_tokens;
    std::function<Encoding(size_t index)> encode_at;
  };
  void run_all(const Inputs& inputs, std::span<float> out, const Progress& progress) const;
  void run_window(const Inputs& inputs, int64_t first, std::span<float> out, const Progress& progress) const;
  Encoding for_model(Encoding encoding) const;

  std::shared_ptr<const ModelFolder> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<Engine> engine_;
  mutable std::mutex engine_mutex_;
};

}  // namespace crossrank
