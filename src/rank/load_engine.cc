#include "rank/load_engine.h"

#include "base/error.h"
#include "cpu/cpu_engine.h"

namespace crossrank {

std::unique_ptr<Engine> load_engine(std::shared_ptr<const ModelFolder> model, const LoadOptions& options) {
  if (options.threads < 0) throw error(ErrorCode::kUsage, "threads: {} is negative; 0 takes what the machine allows", options.threads);
  switch (options.precision) {
    case Precision::kAuto:
    case Precision::kFp32: return make_cpu_engine(std::move(model), {.threads = options.threads});
    case Precision::kBf16: throw error(ErrorCode::kUnsupported, "precision bf16: this engine computes in fp32 only; use fp32 or auto");
    case Precision::kInt8: throw error(ErrorCode::kUnsupported, "precision int8: this engine computes in fp32 only; use fp32 or auto");
  }
  throw error(ErrorCode::kUsage, "precision: not one of auto, fp32, bf16, int8");
}

}  // namespace crossrank
