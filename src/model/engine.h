// Engine: packed batches to rows of outputs. What rank/ sees of any backend.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "arch/model_folder.h"
#include "text/packed_batch.h"

namespace crossrank {

/// Holds the weights of one model in its own form. Not safe for concurrent calls: one call uses all of its threads.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Writes outputs [batch.sequences(), num_outputs], row i for sequence i of the batch. A row depends on its own sequence alone.
  virtual void outputs(const PackedBatch& batch, std::span<float> out) = 0;

  virtual int num_outputs() const = 0;
  virtual int threads() const = 0;
  /// The arithmetic and instruction set in use, for people: "fp32", "avx512".
  virtual std::string precision() const = 0;
  virtual std::string instruction_set() const = 0;
};

/// The oracle: naive f32 on one thread, straight from the definitions. Slow, and the page to read first.
std::unique_ptr<Engine> make_reference_engine(std::shared_ptr<const ModelFolder> model);

}  // namespace crossrank
