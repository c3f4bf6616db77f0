#include "cpu/matrix_peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/thread_team.h"
#include "cpu/aligned_buffer.h"
#include "cpu/onednn.h"
#include "cpu/openmp.h"
#include "cpu/panel_product.h"

namespace crossrank {
namespace {

using Clock = std::chrono::steady_clock;
using dnnl::memory;

struct Shape {
  int m, n, k;
};

// Shapes of the models measured, and taller ones: the best of them is the peak.
constexpr Shape kShapes[] = {{256, 2304, 768},  {512, 2304, 768},   {1024, 2304, 768}, {256, 768, 768},
                             {512, 3072, 1024}, {1024, 1024, 2624}, {512, 1536, 384},  {1024, 1024, 1024}};
// Before anything is timed: kernels are made, pages touched, clocks raised.
constexpr double kWarmUpSeconds = 0.01;

// Numbers between -0.5 and 0.5; a bf16 is the upper half of a float.
template <typename T>
void fill(void* data, size_t count) {
  T* values = static_cast<T*>(data);
  for (size_t j = 0; j < count; ++j) {
    const float value = 0.01f * static_cast<float>(j % 97) - 0.5f;
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    bits >>= 8 * (sizeof(float) - sizeof(T));
    std::memcpy(&values[j], &bits, sizeof(T));
  }
}

// oneDNN's product, its weights in the layout that oneDNN chooses.
class OnednnProduct {
 public:
  OnednnProduct(const Shape& shape, memory::data_type type) : stream_(onednn_cpu()) {
    const std::lock_guard lock(onednn_kernel_cache());
    const memory::desc source({shape.m, shape.k}, type, memory::format_tag::ab);
    const memory::desc weights({shape.k, shape.n}, type, memory::format_tag::any);
    const memory::desc result({shape.m, shape.n}, type, memory::format_tag::ab);
    const auto chosen = describe_product(source, weights, false, result);
    primitive_ = dnnl::matmul(chosen);
    add(DNNL_ARG_SRC, chosen.src_desc(), type);
    add(DNNL_ARG_WEIGHTS, chosen.weights_desc(), type);
    add(DNNL_ARG_DST, chosen.dst_desc(), type);
    arguments_.emplace(DNNL_ARG_SCRATCHPAD, memory(chosen.scratchpad_desc(), onednn_cpu()));
  }
  OnednnProduct(const OnednnProduct&) = delete;
  OnednnProduct& operator=(const OnednnProduct&) = delete;
  ~OnednnProduct() {
    const std::lock_guard lock(onednn_kernel_cache());
    primitive_ = {};
  }

  void run() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  void add(int argument, const memory::desc& layout, memory::data_type type) {
    memory buffer(layout, onednn_cpu());
    if (type == memory::data_type::bf16) fill<uint16_t>(buffer.get_data_handle(), layout.get_size() / sizeof(uint16_t));
    else fill<float>(buffer.get_data_handle(), layout.get_size() / sizeof(float));
    arguments_.emplace(argument, buffer);
  }

  dnnl::stream stream_;
  dnnl::matmul primitive_;
  std::unordered_map<int, memory> arguments_;
};

// crossrank's own product, on weights in panels.
class PanelProduct {
 public:
  explicit PanelProduct(const Shape& shape) : shape_(shape) {
    const int width = panel_width();
    const auto panels = static_cast<size_t>((shape.n + width - 1) / width * width) * static_cast<size_t>(shape.k);
    const auto numbers = [](AlignedBuffer& buffer, size_t count) { fill<float>(buffer.grow(count), count); };
    numbers(x_, static_cast<size_t>(shape.m) * static_cast<size_t>(shape.k));
    numbers(panels_, panels);
    numbers(out_, static_cast<size_t>(shape.m) * static_cast<size_t>(shape.n));
    scratch_.grow(panel_product_scratch(shape.m, shape.k));
  }

  void run() {
    const auto [m, n, k] = shape_;
    panel_product({panels_.data(), k, n, nullptr}, {x_.data(), m, k, k}, {out_.data(), m, n, n}, scratch_.data());
  }

 private:
  Shape shape_;
  AlignedBuffer x_, panels_, out_, scratch_;
};

template <typename Product>
double rate(Product& product, const Shape& shape, double seconds) {
  const auto start = Clock::now();
  double done = 0, passed = 0;
  while (passed < seconds) {
    product.run();
    done += 2.0 * shape.m * shape.n * shape.k;
    passed = std::chrono::duration<double>(Clock::now() - start).count();
  }
  return done / passed;
}

// The sum of the rates of all threads, each on a product of its own. Made first, so that all are timed at once.
template <typename Product>
double rate_together(ThreadTeam& team, const Shape& shape, double seconds, const std::function<void(std::optional<Product>&)>& make) {
  std::vector<std::optional<Product>> products(static_cast<size_t>(team.size()));
  std::vector<double> rates(products.size());
  team.run([&](int worker) {
    auto& product = products[static_cast<size_t>(worker)];
    make(product);
    (void)rate(*product, shape, kWarmUpSeconds);
  });
  team.run([&](int worker) { rates[static_cast<size_t>(worker)] = rate(*products[static_cast<size_t>(worker)], shape, seconds); });
  double sum = 0;
  for (const double each : rates) sum += each;
  return sum;
}

}  // namespace

struct MatrixPeak::Impl {
  ProductPrecision precision;
  ThreadTeam team;
};

MatrixPeak::MatrixPeak(ProductPrecision precision, int threads)
    : impl_(new Impl{precision, ThreadTeam(threads, [](int) { use_one_openmp_thread(); })}) {
  if (precision == ProductPrecision::kF32) return;
  try {
    OnednnProduct(kShapes[0], memory::data_type::bf16).run();
  } catch (const dnnl::error& problem) {
    throw error(ErrorCode::kUnsupported, "oneDNN multiplies no bf16 matrices on this machine: {}", problem.what());
  }
}

MatrixPeak::~MatrixPeak() = default;

double MatrixPeak::measure(double seconds) {
  const bool f32 = impl_->precision == ProductPrecision::kF32;
  const memory::data_type type = f32 ? memory::data_type::f32 : memory::data_type::bf16;
  double best = 0;
  for (const Shape& shape : kShapes) {
    best = std::max(best, rate_together<OnednnProduct>(impl_->team, shape, seconds, [&](auto& product) { product.emplace(shape, type); }));
    if (!f32) continue;
    best = std::max(best, rate_together<PanelProduct>(impl_->team, shape, seconds, [&](auto& product) { product.emplace(shape); }));
  }
  return best;
}

}  // namespace crossrank
