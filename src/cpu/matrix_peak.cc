#include "cpu/matrix_peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/thread_team.h"
#include "cpu/aligned_buffer.h"
#include "cpu/int8_product.h"
#include "cpu/onednn.h"
#include "cpu/openmp.h"
#include "cpu/panel_product.h"

namespace crossrank {
namespace {

using Clock = std::chrono::steady_clock;
using dnnl::memory;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

struct Shape {
  int m, n, k;
};

// Shapes of the models measured, and taller ones: the best of them is the peak. By growing work: on a machine, or in a build, where the
// first ones take the time, the others are left out.
constexpr Shape kShapes[] = {{256, 768, 768},    {256, 2304, 768},  {512, 1536, 384},  {512, 2304, 768},
                             {1024, 1024, 1024}, {512, 3072, 1024}, {1024, 2304, 768}, {1024, 1024, 2624}};
constexpr double kMostSeconds = 2;
// Before anything is timed: kernels are made, pages touched, clocks raised.
constexpr double kWarmUpSeconds = 0.01;

// Numbers between -0.5 and 0.5 in f32, and their upper halves, which are bf16.
template <typename T>
void fill(T* values, size_t count) {
  for (size_t j = 0; j < count; ++j) {
    const float value = 0.01f * static_cast<float>(j % 97) - 0.5f;
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    bits >>= 8 * (sizeof(float) - sizeof(T));
    std::memcpy(&values[j], &bits, sizeof(T));
  }
}

// Whole numbers of 0 to 96, which are those of u8 and s8 alike.
template <>
void fill(int8_t* values, size_t count) {
  for (size_t j = 0; j < count; ++j) values[j] = static_cast<int8_t>(j % 97);
}

// What oneDNN multiplies in a precision. Products of bytes are u8 by s8, with sums of 32 bits; where VNNI is absent some of them saturate,
// which costs no time.
struct OperandTypes {
  explicit OperandTypes(ProductPrecision precision) {
    using enum memory::data_type;
    if (precision == ProductPrecision::kBf16) x = weights = out = bf16;
    if (precision == ProductPrecision::kInt8) x = u8, weights = s8, out = s32;
  }
  memory::data_type x = memory::data_type::f32, weights = memory::data_type::f32, out = memory::data_type::f32;
};

// oneDNN's product, its weights in the layout that oneDNN chooses.
class OnednnProduct {
 public:
  OnednnProduct(const Shape& shape, ProductPrecision precision) : stream_(onednn_cpu()) {
    const std::lock_guard lock(onednn_kernel_cache());
    const OperandTypes types(precision);
    const memory::desc source({shape.m, shape.k}, types.x, memory::format_tag::ab);
    const memory::desc weights({shape.k, shape.n}, types.weights, memory::format_tag::any);
    const memory::desc result({shape.m, shape.n}, types.out, memory::format_tag::ab);
    const auto chosen = describe_product(source, weights, false, result);
    primitive_ = dnnl::matmul(chosen);
    add(DNNL_ARG_SRC, chosen.src_desc());
    add(DNNL_ARG_WEIGHTS, chosen.weights_desc());
    add(DNNL_ARG_DST, chosen.dst_desc());
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
  void add(int argument, const memory::desc& layout) {
    memory buffer(layout, onednn_cpu());
    void* data = buffer.get_data_handle();
    const size_t bytes = layout.get_size();
    if (layout.data_type() == memory::data_type::f32) fill(static_cast<float*>(data), bytes / sizeof(float));
    else if (layout.data_type() == memory::data_type::bf16) fill(static_cast<uint16_t*>(data), bytes / sizeof(uint16_t));
    else fill(static_cast<int8_t*>(data), bytes);
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
    const auto numbers = [](AlignedBuffer& buffer, size_t count) { fill(buffer.grow(count), count); };
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

// crossrank's own product of whole numbers, rounding of the rows included.
class Int8Product {
 public:
  explicit Int8Product(const Shape& shape) : shape_(shape) {
    const int width = int8_panel_width();
    const auto panels = static_cast<size_t>((shape.n + width - 1) / width);
    const size_t size = panels * int8_panel_size(layout_, shape.k, width);
    fill(reinterpret_cast<int8_t*>(panels_.grow(size / sizeof(float) + 1)), size);
    scales_.assign(panels * int8_panel_scales(layout_, shape.k, width), 0.01f);
    fill(x_.grow(static_cast<size_t>(shape.m) * static_cast<size_t>(shape.k)), static_cast<size_t>(shape.m) * static_cast<size_t>(shape.k));
    out_.grow(static_cast<size_t>(shape.m) * static_cast<size_t>(shape.n));
    scratch_.grow(int8_product_scratch(shape.m));
    rows_.start(layout_, shape.m, shape.k);
  }

  void run() {
    const auto [m, n, k] = shape_;
    const auto* panels = reinterpret_cast<const int8_t*>(panels_.data());
    round_int8_rows({x_.data(), m, k, k}, 0, rows_);
    int8_product({layout_, panels, scales_.data(), k, n, nullptr}, rows_, MatrixView{out_.data(), m, n, n}, scratch_.data());
  }

 private:
  Shape shape_;
  Int8Layout layout_ = int8_layout();
  std::vector<float> scales_;
  AlignedBuffer panels_, x_, out_, scratch_;
  Int8Rows rows_;
};

template <typename Product>
double rate(Product& product, const Shape& shape, double seconds) {
  const auto start = Clock::now();
  double done = 0, passed = 0;
  while (passed < seconds) {
    product.run();
    done += 2.0 * shape.m * shape.n * shape.k;
    passed = seconds_since(start);
  }
  return done / passed;
}

// The sum of the rates of all threads, each on a product of its own, made of `arguments`. Made first, so that all are timed at once.
template <typename Product, typename... Arguments>
double rate_together(ThreadTeam& team, double seconds, const Shape& shape, Arguments... arguments) {
  std::vector<std::optional<Product>> products(static_cast<size_t>(team.size()));
  std::vector<double> rates(products.size());
  team.run([&](int worker) {
    auto& product = products[static_cast<size_t>(worker)];
    product.emplace(shape, arguments...);
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
  if (precision != ProductPrecision::kBf16) return;
  try {
    OnednnProduct(kShapes[0], precision).run();
  } catch (const dnnl::error& problem) {
    throw error(ErrorCode::kUnsupported, "oneDNN multiplies no bf16 matrices on this machine: {}", problem.what());
  }
}

MatrixPeak::~MatrixPeak() = default;

double MatrixPeak::measure(double seconds) {
  const auto start = Clock::now();
  ThreadTeam& team = impl_->team;
  double best = 0;
  for (const Shape& shape : kShapes) {
    best = std::max(best, rate_together<OnednnProduct>(team, seconds, shape, impl_->precision));
    if (impl_->precision == ProductPrecision::kF32) best = std::max(best, rate_together<PanelProduct>(team, seconds, shape));
    if (impl_->precision == ProductPrecision::kInt8) best = std::max(best, rate_together<Int8Product>(team, seconds, shape));
    if (seconds_since(start) > kMostSeconds) break;
  }
  return best;
}

}  // namespace crossrank
