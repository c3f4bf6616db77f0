#include "cpu/blas.h"

#include <oneapi/dnnl/dnnl.h>

#include <new>

#include "cpu/openmp.h"

// The reference BLAS's signature as FAISS declares it. Fortran's matrices are column-major: C = A B read by rows is C^T = B^T A^T, so
// that the operands change places. Throws where oneDNN cannot: a result that was never written must not be taken for scores.
extern "C" int sgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k, const float* alpha, const float* a,
                      const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc) {
  if (dnnl_sgemm(*transb, *transa, *n, *m, *k, *alpha, b, *ldb, a, *lda, *beta, c, *ldc) != dnnl_success) throw std::bad_alloc();
  return 0;
}

namespace crossrank {

void use_onednn_as_blas(int threads) noexcept { use_openmp_threads(threads); }

}  // namespace crossrank
