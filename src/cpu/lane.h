// CpuLane: what one forward pass works with: its buffers, and one thread or all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/thread_team.h"
#include "cpu/aligned_buffer.h"
#include "cpu/attention.h"
#include "cpu/buffer_pool.h"
#include "cpu/int8_product.h"
#include "cpu/matmul.h"

namespace crossrank {

/// One thread's own memory and kernels.
struct CpuWorker {
  MatmulContext matmul;
  AlignedBuffer normed;     // rows after norm_before
  AlignedBuffer product;    // rows before the gate
  AlignedBuffer attention;  // packed keys, values, scores
};

/// One forward pass at a time. Without a team it runs on the calling thread with the one worker; with one, on a worker a thread.
struct CpuLane {
  BufferPool pool;
  std::span<CpuWorker> workers;
  ThreadTeam* team = nullptr;
  /// Of the encoder's products; the head's are f32.
  ProductPrecision precision = ProductPrecision::kF32;
  /// Of whole numbers: of kInt8's products, and of attention's.
  Int8Layout int8_layout = Int8Layout::kPairs;
  /// Weights lie in mapped files, as a ModelFolder's do, and their pages may be given back once they are packed.
  bool weights_are_mapped = false;

  /// Calls body(index, worker) for every index in [0, count), on whichever worker is free.
  template <typename Body>
  void for_each(int64_t count, const Body& body) {
    if (team == nullptr) {
      for (int64_t i = 0; i < count; ++i) body(i, workers.front());
    } else {
      team->parallel_for(count, [&](int64_t i, int worker) { body(i, workers[static_cast<size_t>(worker)]); });
    }
  }
  int threads() const { return team == nullptr ? 1 : team->size(); }
  /// Whether operands are bf16 in memory: in int8 too, which loses less by it than by its weights.
  bool has_bf16_operands() const { return precision != ProductPrecision::kF32 && has_fast_bf16(); }
  /// Of attention's products. Whole numbers where the machine multiplies four of them at once: in int8, unless bf16 takes less time, since
  /// rounding a row costs as much as multiplying it with 96 keys; in bf16 for long documents, of which attention is half the work.
  ProductPrecision attention_precision(const AttentionTask& task) const {
    constexpr int kFewestInt8Keys = 96;
    const bool bf16 = has_bf16_operands();
    if (int8_layout == Int8Layout::kQuads && precision != ProductPrecision::kF32) {
      const bool pays = precision == ProductPrecision::kBf16 ? bf16 && is_long(task) : !bf16 || keys_seen_by_one(task) >= kFewestInt8Keys;
      if (pays) return ProductPrecision::kInt8;
    }
    return bf16 ? ProductPrecision::kBf16 : ProductPrecision::kF32;
  }
};

}  // namespace crossrank
