// Options of loading and predicting: structs with defaults, declared once; flags and help are derived from them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace crossrank {

/// What is shortened when a pair is longer than the model takes (Hugging Face's truncation strategies).
enum class Truncation {
  kLongestFirst,  ///< one token at a time from the longer of the two texts
  kDocument,      ///< only the document ("only_second")
  kNone,          ///< nothing: a pair that is too long is an error
};

/// What turns logits into scores.
enum class ActivationFunction {
  kDefault,  ///< the model's own, as Sentence Transformers resolves it
  kIdentity,
  kSigmoid,
  kSoftmax,
};

/// Arithmetic of the encoder.
enum class Precision { kAuto, kFp32, kBf16, kInt8 };

/// How a model is loaded.
struct LoadOptions {
  Precision precision = Precision::kAuto;  // auto: bf16 where the machine multiplies it faster, else fp32; fp32 for embeddings
  int threads = 0;                         // 0: what the cgroup quota and the affinity mask allow
  std::string revision = "main";           // branch, tag or commit of a Hub repository
  bool describe_only = false;              // check the whole model, but make no engine: enough for tokenize() and info()

  /// Bytes of a model of the Hub that came, of how many; from one thread at a time. A model that is cached makes no calls.
  std::function<void(int64_t done, int64_t total)> download_progress = {};
  /// What a user should know though loading succeeds: that the Hub cannot be reached and a cached copy is used.
  std::function<void(const std::string& message)> notice = {};

  static constexpr void visit(auto& self, auto&& field) {
    field("precision", self.precision, "arithmetic of the encoder: auto, fp32, bf16, int8");
    field("threads", self.threads, "threads; 0 takes what the cgroup quota and the affinity mask allow");
    field("revision", self.revision, "branch, tag or commit of a Hub repository");
  }
};

/// How pairs become scores.
struct PredictOptions {
  int max_length = 0;
  Truncation truncation = Truncation::kLongestFirst;
  int batch_tokens = 16'384;  // real tokens: there is no padding to count
  ActivationFunction activation = ActivationFunction::kDefault;

  static constexpr void visit(auto& self, auto&& field) {
    field("max-length", self.max_length, "longest pair in tokens; 0 keeps the model's limit");
    field("truncation", self.truncation, "what to shorten in a pair that is too long: longest_first, document, none");
    field("batch-tokens", self.batch_tokens, "tokens given to the engine at once");
    field("activation", self.activation, "logits to scores: default (the model's own), identity, sigmoid, softmax");
  }
};

/// How documents are ranked.
struct RankOptions {
  int top_k = 0;
  PredictOptions predict = {};

  static constexpr void visit(auto& self, auto&& field) {
    field("top-k", self.top_k, "results to return; 0 returns all");
    PredictOptions::visit(self.predict, field);
  }
};

}  // namespace crossrank
