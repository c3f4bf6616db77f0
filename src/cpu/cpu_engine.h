// CpuEngine: models on the CPU, in fp32 or with the encoder's products in bf16 or int8.
#pragma once

#include <memory>

#include "cpu/product_precision.h"
#include "model/engine.h"

namespace crossrank {

struct CpuOptions {
  ProductPrecision precision = ProductPrecision::kF32;  // kBf16 needs has_fast_bf16()
  int threads = 0;                                      // 0: as many as available_cpus()
  int group_tokens = 256;                               // tokens that a thread takes through all layers at once
};

/// Packs the weights of `model` on all threads. Groups of whole sequences go through all layers on one thread each; a sequence as long
/// as all others together goes on all threads. A sequence's outputs do not depend, to the last bit, on its neighbours or on the
/// number of threads.
std::unique_ptr<Engine> make_cpu_engine(std::shared_ptr<const ModelFolder> model, const CpuOptions& options = {});

}  // namespace crossrank
