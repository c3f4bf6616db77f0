// use_onednn_as_blas: the one BLAS routine that FAISS calls for exact search, by oneDNN.
#pragma once

namespace crossrank {

/// FAISS looks for the Fortran routine `sgemm_`; linking this function in gives it one that runs on oneDNN, so that no BLAS of the
/// system is loaded (OpenBLAS alone is 30 MB and starts its threads when a program starts). From now on products that the
/// calling thread asks for, and FAISS's own loops on it, run on `threads` OpenMP threads; other threads keep their settings.
void use_onednn_as_blas(int threads) noexcept;

}  // namespace crossrank
