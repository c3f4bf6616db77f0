// MatrixPeak: the machine's own matrix peak, the best rate of any product that crossrank could run: what its speed is a share of.
#pragma once

#include <memory>

#include "cpu/product_precision.h"

namespace crossrank {

/// Products of ordinary numbers in the shapes of real models and taller ones, each by oneDNN (int8: u8 by s8) and, in f32 and int8, by
/// crossrank's own panels too. Every thread runs single-threaded products of its own.
class MatrixPeak {
 public:
  /// Error(kUnsupported) for bf16 where oneDNN multiplies none on this machine.
  MatrixPeak(ProductPrecision precision, int threads);
  ~MatrixPeak();

  /// Operations a second, a multiply-add being two, of all threads at once on the shape and by the means that is best now; each takes
  /// `seconds`, and none begins after two. Takes turns with what it is compared to.
  double measure(double seconds = 0.03);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace crossrank
