#include "rank/load_scorer.h"

#include <fmt/format.h>

#include <future>
#include <utility>

#include "base/error.h"
#include "cpu/cpu_engine.h"
#include "cpu/int8_product.h"
#include "cpu/matrix_peak.h"

namespace crossrank {
namespace {

ProductPrecision product_precision(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return ProductPrecision::kF32;
    case Precision::kAuto:
    case Precision::kBf16:
      return has_fast_bf16() ? ProductPrecision::kBf16 : ProductPrecision::kF32;
    case Precision::kInt8:
      return ProductPrecision::kInt8;
  }
  throw error(ErrorCode::kUsage, "precision: not one of auto, fp32, bf16, int8");
}

}  // namespace

Scorer load_scorer(const std::shared_ptr<const ModelFolder>& model, const LoadOptions& options) {
  if (options.threads < 0) throw error(ErrorCode::kUsage, "threads: {} is negative; 0 takes what the machine allows", options.threads);
  if (options.describe_only) return Scorer(model, Tokenizer::from_file(model->tokenizer), nullptr);
  auto tokenizer = std::async(std::launch::async, [&] { return Tokenizer::from_file(model->tokenizer); });
  std::unique_ptr<Engine> engine = make_cpu_engine(model, {.precision = product_precision(options.precision), .threads = options.threads});
  return Scorer(model, tokenizer.get(), std::move(engine));
}

std::string precision_reason(const LoadOptions& options, const Engine& engine) {
  const bool bf16 = engine.precision() == "bf16";
  switch (options.precision) {
    case Precision::kAuto:
      return bf16 ? "auto: this machine multiplies bf16 faster, and rankings stay those of fp32 to 0.002 nDCG@10"
                  : "auto: this machine has no fast bf16 products (AVX512_BF16, AMX)";
    case Precision::kFp32:
      return "asked for";
    case Precision::kBf16:
      return bf16 ? "asked for: the encoder's products, and what they and attention hand on, in bf16, most long attention in 8 bits; all "
                    "else in fp32"
                  : "bf16 was asked for, but this machine has no fast bf16 products (AVX512_BF16, AMX)";
    case Precision::kInt8:
      return fmt::format("asked for: the encoder's products of weights in 8 bits and inputs in {}, with exact sums; {}all else in fp32",
                         int8_layout() == Int8Layout::kQuads ? "8 (VNNI), and most of attention's" : "16 (this machine has no VNNI)",
                         has_fast_bf16() ? "what they and attention hand on in bf16; " : "");
  }
  return "";
}

double measure_matrix_peak(const Engine& engine) {
  const std::string name = engine.precision();
  const auto precision = name == "int8" ? ProductPrecision::kInt8 : name == "bf16" ? ProductPrecision::kBf16 : ProductPrecision::kF32;
  return MatrixPeak(precision, engine.threads()).measure();
}

}  // namespace crossrank
