// onednn: what files that call oneDNN share: its engine, its lock, and the one call that differs between its versions. Included by
// those files alone.
#pragma once

#include <dnnl.hpp>
#include <mutex>

namespace crossrank {

const dnnl::engine& onednn_cpu();

/// oneDNN's cache of kernels is safe for threads, by means that ThreadSanitizer cannot see. Kernels are made and given back seldom: one
/// at a time costs nothing.
std::mutex& onednn_kernel_cache();

/// x [rows, in] W [in, out] (+ f32 bias [1, out]); scratch memory is the caller's, so that threads may share kernels. Throws dnnl::error
/// where oneDNN has no such kernel.
dnnl::matmul::primitive_desc describe_product(const dnnl::memory::desc& x, const dnnl::memory::desc& weights, bool with_bias,
                                              const dnnl::memory::desc& out);

}  // namespace crossrank
