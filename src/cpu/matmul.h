// matmul: products with weights packed once: those of f32 by panel_product, of bf16 by oneDNN, of int8 by int8_product.
#pragma once

#include <memory>
#include <string>

#include "arch/model_folder.h"
#include "base/thread_team.h"
#include "cpu/matrix_view.h"
#include "cpu/product_precision.h"

namespace crossrank {

/// A weight matrix [out_features, in_features] in the layout that the machine's kernels read, and its bias (f32). Immutable and shared
/// between threads; copies share one packed matrix.
class PackedMatrix {
 public:
  /// Reads, rounds where the precision asks for it, and packs in slices on all threads of `team`, whose workers use one OpenMP thread
  /// each (use_one_openmp_thread). kBf16 needs has_fast_bf16(). A matrix whose sums in kInt8 might not fit 32 bits (more than 133,000 input
  /// features) is packed in kBf16 where the machine has that, else in kF32.
  PackedMatrix(const LinearSource& source, ProductPrecision precision, ThreadTeam& team);

  int in_features() const;
  int out_features() const;
  ProductPrecision precision() const;
  /// [out_features], or null.
  const float* bias() const;
  /// "panels:avx2", "int8 pairs:avx2" and the like; of bf16 oneDNN's name of the kernel, "brg:avx512_core_bf16".
  const std::string& implementation() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

/// One thread's products: its stream and its kernels, by shape. Kernels are made when a shape is first seen.
class MatmulContext {
 public:
  MatmulContext();
  MatmulContext(MatmulContext&&) noexcept;
  ~MatmulContext();

  /// out [rows, out_features] = x [rows, in_features] W^T, plus the bias where `with_bias`. Of a bf16 or int8 matrix x is rounded
  /// first (int8_product.h says how), and what comes out is f32 all the same. Every row is summed in the same order, whatever the number of
  /// rows. In bf16 rows are rounded up to kRowUnit: that many are read and written, so buffers must be as long; and rows of both lie side
  /// by side (stride = columns): with gaps, oneDNN 2.6 runs a reference kernel, a hundred times slower.
  void multiply(const PackedMatrix& weights, ConstMatrixView x, bool with_bias, MatrixView out);

  /// The same in steps, for bf16 and int8: makes room for `rows` rows as products with `weights`, and with all others of its precision and
  /// in_features, read them; rounds rows to [first, first + x.rows) of those, where x's may lie apart; multiplies them, as often as asked.
  void start_rounding(const PackedMatrix& weights, int rows);
  void round(ConstMatrixView x, int first);
  /// Rows that are bf16 already, all of them, padded as above: products of bf16 read them where they lie.
  void round(ConstBf16View x);
  void multiply_rounded(const PackedMatrix& weights, bool with_bias, MatrixView out);
  /// What comes out is rounded to bf16; needs has_fast_bf16().
  void multiply_rounded(const PackedMatrix& weights, bool with_bias, Bf16View out);

  /// The name of the kernel for this many rows, with floats or bf16 coming out.
  std::string implementation(const PackedMatrix& weights, int rows, bool with_bias, bool to_bf16 = false);

  static constexpr int kRowUnit = 4;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace crossrank
