// MatrixPeak: the machine's own matrix peak, the best rate of any product that crossrank could run: what its speed is a share of.
#pragma once

#include <memory>

#include "cpu/product_precision.h"

namespace crossrank {

/// Products of ordinary numbers in the shapes of real models and taller ones, each by oneDNN and, in f32, by crossrank's own panels too,
/// which are the faster ones without AVX-512. Every thread runs single-threaded products of its own.
class MatrixPeak {
 public:
  /// Error(kUnsupported) where oneDNN multiplies no such matrices on this machine.
  MatrixPeak(ProductPrecision precision, int threads);
  ~MatrixPeak();

  /// Operations a second, a multiply-add being two, of all threads at once on the shape and by the means that is best now; each takes
  /// `seconds`. Takes turns with what it is compared to.
  double measure(double seconds = 0.03);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace crossrank
