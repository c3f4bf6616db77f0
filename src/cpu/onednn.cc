#include "cpu/onednn.h"

namespace crossrank {

using dnnl::memory;

const dnnl::engine& onednn_cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

std::mutex& onednn_kernel_cache() {
  static std::mutex mutex;
  return mutex;
}

dnnl::matmul::primitive_desc describe_product(const memory::desc& x, const memory::desc& weights, bool with_bias, const memory::desc& out) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const auto bias_of = [](int64_t features) { return memory::desc({1, features}, memory::data_type::f32, memory::format_tag::ab); };
#if DNNL_VERSION_MAJOR >= 3
  return with_bias ? dnnl::matmul::primitive_desc(onednn_cpu(), x, weights, bias_of(out.get_dims()[1]), out, attributes)
                   : dnnl::matmul::primitive_desc(onednn_cpu(), x, weights, out, attributes);
#else
  return {with_bias ? dnnl::matmul::desc(x, weights, bias_of(out.dims()[1]), out) : dnnl::matmul::desc(x, weights, out), attributes,
          onednn_cpu()};
#endif
}

}  // namespace crossrank
