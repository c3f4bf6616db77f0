#include "rank/load_engine.h"

#include "base/error.h"
#include "cpu/cpu_engine.h"
#include "cpu/matrix_peak.h"

namespace crossrank {

std::unique_ptr<Engine> load_engine(std::shared_ptr<const ModelFolder> model, const LoadOptions& options) {
  if (options.threads < 0) throw error(ErrorCode::kUsage, "threads: {} is negative; 0 takes what the machine allows", options.threads);
  switch (options.precision) {
    case Precision::kAuto:
    case Precision::kFp32: return make_cpu_engine(std::move(model), {.threads = options.threads});
    case Precision::kBf16:
      return make_cpu_engine(std::move(model), {.precision = has_fast_bf16() ? ProductPrecision::kBf16 : ProductPrecision::kF32,
                                                .threads = options.threads});
    case Precision::kInt8: throw error(ErrorCode::kUnsupported, "precision int8: not there yet; use bf16, fp32 or auto");
  }
  throw error(ErrorCode::kUsage, "precision: not one of auto, fp32, bf16, int8");
}

std::string precision_reason(const LoadOptions& options, const Engine& engine) {
  if (options.precision == Precision::kAuto) return "auto: the fastest whose scores are the reference's";
  const bool refused = options.precision == Precision::kBf16 && engine.precision() != "bf16";
  if (refused) return "bf16 was asked for, but this machine has no fast products of it";
  return "asked for";
}

double measure_matrix_peak(const Engine& engine) {
  return MatrixPeak(engine.precision() == "bf16" ? ProductPrecision::kBf16 : ProductPrecision::kF32, engine.threads()).measure();
}

}  // namespace crossrank
