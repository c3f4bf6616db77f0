// oneDNN 2.6 runs its blocked kernels (brg) on plain matrices that lie in one piece, transposed or not, at the speed of packed ones;
// views with gaps would fall to a reference kernel.
#include "cpu/dense.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "cpu/aligned_buffer.h"
#include "cpu/column_sums.h"
#include "cpu/onednn.h"

namespace crossrank {
namespace {

using dnnl::memory;

// Each batch has another number of tokens, so most kernels are made once and used by a model's equal layers of one step: making one takes
// a quarter of a millisecond. Beyond this many all are given back.
constexpr size_t kMostKernels = 256;

enum class Layout { kPlain, kTransposed };

// op(a) [m, k] op(b) [k, n], where a transposed operand lies in memory as [k, m] or [n, k].
struct Shape {
  int64_t m;
  int64_t n;
  int64_t k;
  Layout a;
  Layout b;
  bool with_bias;
  memory::data_type type;
  memory::data_type out;

  auto order() const { return std::tuple(m, n, k, a, b, with_bias, type, out); }
  bool operator<(const Shape& other) const { return order() < other.order(); }
};

struct Kernel {
  dnnl::matmul primitive;
  memory::desc a, b, bias, out, scratch;
  bool blocked;
};

memory::desc matrix(int64_t rows, int64_t columns, memory::data_type type, Layout layout = Layout::kPlain) {
  return {{rows, columns}, type, layout == Layout::kPlain ? memory::format_tag::ab : memory::format_tag::ba};
}

Kernel make_kernel(const Shape& shape) {
  const std::lock_guard lock(onednn_kernel_cache());
  Kernel kernel;
  kernel.a = matrix(shape.m, shape.k, shape.type, shape.a);
  kernel.b = matrix(shape.k, shape.n, shape.type, shape.b);
  kernel.bias = matrix(1, shape.n, memory::data_type::f32);
  kernel.out = matrix(shape.m, shape.n, shape.out);
  const auto product = describe_product(kernel.a, kernel.b, shape.with_bias, kernel.out);
  kernel.primitive = dnnl::matmul(product);
  kernel.scratch = product.scratchpad_desc();
  kernel.blocked = std::string(product.impl_info_str()).rfind("brg", 0) == 0;
  return kernel;
}

// One thread's kernels and memory.
class Dense {
 public:
  ~Dense() {
    const std::lock_guard lock(onednn_kernel_cache());
    kernels_.clear();
  }

  // out [m, n] = op(a) op(b) + bias.
  void multiply(const Shape& shape, const void* a, const void* b, const float* bias, void* out) {
    const Kernel& kernel = find(shape);
    scratch_.grow(kernel.scratch.get_size() / sizeof(float) + 1);
    // oneDNN's handles are not const; what they point to is only read.
    std::unordered_map<int, memory> arguments = {
        {DNNL_ARG_SRC, memory(kernel.a, onednn_cpu(), const_cast<void*>(a))},
        {DNNL_ARG_WEIGHTS, memory(kernel.b, onednn_cpu(), const_cast<void*>(b))},
        {DNNL_ARG_DST, memory(kernel.out, onednn_cpu(), out)},
        {DNNL_ARG_SCRATCHPAD, memory(kernel.scratch, onednn_cpu(), scratch_.data())},
    };
    if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, memory(kernel.bias, onednn_cpu(), const_cast<float*>(bias)));
    kernel.primitive.execute(stream_, arguments);
    stream_.wait();
  }

  // A weight [rows, columns] as an operand: itself, or rounded, which lasts until the next call.
  template <typename Operand>
  const void* operand(const float* weight, int64_t rows, int64_t columns) {
    if constexpr (std::is_same_v<Operand, float>) return weight;
    rounded_.grow(static_cast<size_t>((rows * columns + 1) / 2));
    memory from(matrix(rows, columns, memory::data_type::f32), onednn_cpu(), const_cast<float*>(weight));
    memory to(matrix(rows, columns, memory::data_type::bf16), onednn_cpu(), rounded_.data());
    const auto reorder = [&] {
      const std::lock_guard lock(onednn_kernel_cache());
      return dnnl::reorder(from, to);
    }();
    reorder.execute(stream_, from, to);
    stream_.wait();
    return rounded_.data();
  }

 private:
  const Kernel& find(const Shape& shape) {
    if (const auto known = kernels_.find(shape); known != kernels_.end()) return known->second;
    if (kernels_.size() >= kMostKernels) {
      const std::lock_guard lock(onednn_kernel_cache());
      kernels_.clear();
    }
    return kernels_.emplace(shape, make_kernel(shape)).first->second;
  }

  dnnl::stream stream_{onednn_cpu()};
  std::map<Shape, Kernel> kernels_;
  AlignedBuffer scratch_;
  AlignedBuffer rounded_;
};

Dense& this_thread() {
  static thread_local Dense dense;
  return dense;
}

template <typename Value>
constexpr memory::data_type type_of() {
  return std::is_same_v<Value, Bf16> ? memory::data_type::bf16 : memory::data_type::f32;
}
memory::data_type type_of(const DenseOut& out) {
  return std::holds_alternative<Bf16*>(out) ? memory::data_type::bf16 : memory::data_type::f32;
}
void* address_of(const DenseOut& out) {
  return std::visit([](auto* values) -> void* { return values; }, out);
}

template <typename Operand>
void forward(const DenseForward<Operand>& map) {
  if (map.rows == 0) return;
  Dense& dense = this_thread();
  const void* weight = dense.operand<Operand>(map.weight, map.out, map.in);
  dense.multiply({map.rows, map.out, map.in, Layout::kPlain, Layout::kTransposed, map.bias != nullptr, type_of<Operand>(), type_of(map.y)},
                 map.x, weight, map.bias, address_of(map.y));
}

template <typename Operand>
void backward(const DenseBackward<Operand>& map) {
  constexpr auto kType = type_of<Operand>(), kF32 = memory::data_type::f32;
  void* grad_x = address_of(map.grad_x);
  if (map.grad_bias != nullptr) column_sums(map.grad_y, map.rows, map.out, map.grad_bias);
  if (map.rows == 0 && map.grad_weight != nullptr) std::fill_n(map.grad_weight, map.out * map.in, 0.0f);
  if (map.rows == 0) return;
  Dense& dense = this_thread();
  if (grad_x != nullptr) {
    const void* weight = dense.operand<Operand>(map.weight, map.out, map.in);
    dense.multiply({map.rows, map.in, map.out, Layout::kPlain, Layout::kPlain, false, kType, type_of(map.grad_x)}, map.grad_y, weight,
                   nullptr, grad_x);
  }
  if (map.grad_weight != nullptr) {
    dense.multiply({map.out, map.in, map.rows, Layout::kTransposed, Layout::kPlain, false, kType, kF32}, map.grad_y, map.x, nullptr,
                   map.grad_weight);
  }
}

}  // namespace

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->patch);
}

bool has_fast_bf16() {
  static const bool fast = [] {
    try {
      return make_kernel({64, 64, 64, Layout::kPlain, Layout::kTransposed, false, memory::data_type::bf16, memory::data_type::f32}).blocked;
    } catch (const dnnl::error&) {
      return false;
    }
  }();
  return fast;
}

void dense_forward(const DenseForward<float>& map) { forward(map); }
void dense_forward(const DenseForward<Bf16>& map) { forward(map); }
void dense_backward(const DenseBackward<float>& map) { backward(map); }
void dense_backward(const DenseBackward<Bf16>& map) { backward(map); }

}  // namespace crossrank
