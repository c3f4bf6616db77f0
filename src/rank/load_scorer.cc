#include "rank/load_scorer.h"

#include <future>
#include <utility>

#include "base/error.h"
#include "cpu/cpu_engine.h"
#include "cpu/matrix_peak.h"

namespace crossrank {
namespace {

std::unique_ptr<Engine> load_engine(std::shared_ptr<const ModelFolder> model, const LoadOptions& options) {
  switch (options.precision) {
    case Precision::kAuto:
    case Precision::kFp32:
      return make_cpu_engine(std::move(model), {.threads = options.threads});
    case Precision::kBf16:
      return make_cpu_engine(std::move(model),
                             {.precision = has_fast_bf16() ? ProductPrecision::kBf16 : ProductPrecision::kF32, .threads = options.threads});
    case Precision::kInt8:
      return make_cpu_engine(std::move(model), {.precision = ProductPrecision::kInt8, .threads = options.threads});
  }
  throw error(ErrorCode::kUsage, "precision: not one of auto, fp32, bf16, int8");
}

}  // namespace

Scorer load_scorer(const std::shared_ptr<const ModelFolder>& model, const LoadOptions& options) {
  if (options.threads < 0) throw error(ErrorCode::kUsage, "threads: {} is negative; 0 takes what the machine allows", options.threads);
  if (options.describe_only) return Scorer(model, Tokenizer::from_file(model->tokenizer), nullptr);
  auto tokenizer = std::async(std::launch::async, [&] { return Tokenizer::from_file(model->tokenizer); });
  std::unique_ptr<Engine> engine = load_engine(model, options);
  return Scorer(model, tokenizer.get(), std::move(engine));
}

std::string precision_reason(const LoadOptions& options, const Engine& engine) {
  switch (options.precision) {
    case Precision::kAuto:
      return "auto: scores in fp32 are the reference's; bf16 and int8 are for those who ask";
    case Precision::kFp32:
      return "asked for";
    case Precision::kBf16:
      return engine.precision() == "bf16" ? "asked for: the encoder's products in bf16, all else in fp32"
                                          : "bf16 was asked for, but this machine has no fast bf16 products (AVX512_BF16, AMX)";
    case Precision::kInt8:
      return "asked for: the encoder's products in int8, weights scaled per output feature and inputs per token, exact sums on every "
             "machine; embeddings, norms, attention and head in fp32";
  }
  return "";
}

double measure_matrix_peak(const Engine& engine) {
  const std::string name = engine.precision();
  const auto precision = name == "int8" ? ProductPrecision::kInt8 : name == "bf16" ? ProductPrecision::kBf16 : ProductPrecision::kF32;
  return MatrixPeak(precision, engine.threads()).measure();
}

}  // namespace crossrank
