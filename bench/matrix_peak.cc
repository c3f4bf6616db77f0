// The machine's own matrix peak, in f32 or of bf16 operands summed in f32: oneDNN's best matmul rate on one thread, and on several
// threads that each run their own single-threaded products. Answers every line on stdin with a line of JSON, so that it can take turns with
// what it is compared to.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dnnl.hpp>
#include <iostream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "cpu/openmp.h"

namespace {

using Clock = std::chrono::steady_clock;
using dnnl::memory;

struct Shape {
  memory::dim m, n, k;
};

// Shapes of the models measured, and taller ones: the best of them is the peak.
constexpr Shape kShapes[] = {{256, 2304, 768},  {512, 2304, 768},   {1024, 2304, 768}, {2048, 2304, 768}, {256, 768, 768},
                             {512, 3072, 1024}, {1024, 1024, 2624}, {512, 1536, 384},  {1024, 1024, 1024}};

// A product of its own: primitive, packed weights, inputs of ordinary numbers.
class Product {
 public:
  Product(const dnnl::engine& engine, const Shape& shape, memory::data_type type) : shape_(shape) {
    const memory::desc source({shape.m, shape.k}, type, memory::format_tag::ab);
    const memory::desc weights({shape.k, shape.n}, type, memory::format_tag::any);
    const memory::desc result({shape.m, shape.n}, type, memory::format_tag::ab);
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::matmul::primitive_desc chosen(engine, source, weights, result);
#else
    const dnnl::matmul::primitive_desc chosen(dnnl::matmul::desc(source, weights, result), engine);
#endif
    primitive_ = dnnl::matmul(chosen);
    const memory::desc descriptions[] = {chosen.src_desc(), chosen.weights_desc(), chosen.dst_desc()};
    const int names[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
    for (int i = 0; i < 3; ++i) {
      memory buffer(descriptions[i], engine);
      if (type == memory::data_type::bf16) fill<uint16_t>(buffer);
      else fill<float>(buffer);
      arguments_.emplace(names[i], buffer);
    }
  }

  // Operations a second over `seconds`, a multiply-add being two.
  double rate(dnnl::stream& stream, double seconds) const {
    const auto start = Clock::now();
    double done = 0, passed = 0;
    while (passed < seconds) {
      primitive_.execute(stream, arguments_);
      stream.wait();
      done += 2.0 * shape_.m * shape_.n * shape_.k;
      passed = std::chrono::duration<double>(Clock::now() - start).count();
    }
    return done / passed;
  }

 private:
  // Numbers between -0.5 and 0.5; a bf16 is the upper half of a float.
  template <typename T>
  static void fill(const memory& buffer) {
    T* values = static_cast<T*>(buffer.get_data_handle());
    for (size_t j = 0; j < buffer.get_desc().get_size() / sizeof(T); ++j) {
      const float value = 0.01f * static_cast<float>(j % 97) - 0.5f;
      uint32_t bits;
      std::memcpy(&bits, &value, sizeof(bits));
      bits >>= 8 * (sizeof(float) - sizeof(T));
      std::memcpy(&values[j], &bits, sizeof(T));
    }
  }

  Shape shape_;
  dnnl::primitive primitive_;
  std::unordered_map<int, memory> arguments_;
};

// The sum of the rates of `threads` threads on one shape, all running at once.
double rate_together(const Shape& shape, memory::data_type type, int threads, double seconds) {
  std::vector<double> rates(threads);
  std::atomic<int> ready{0};
  std::vector<std::thread> team;
  team.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    team.emplace_back([&, i] {
      crossrank::use_one_openmp_thread();  // for this thread's own products
      const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
      dnnl::stream stream(engine);
      const Product product(engine, shape, type);
      (void)product.rate(stream, 0.01);
      ++ready;
      while (ready.load() < threads) std::this_thread::yield();
      rates[i] = product.rate(stream, seconds);
    });
  }
  for (std::thread& thread : team) thread.join();
  double sum = 0;
  for (const double rate : rates) sum += rate;
  return sum;
}

double best_rate(memory::data_type type, int threads) {
  double best = 0;
  for (const Shape& shape : kShapes) best = std::max(best, rate_together(shape, type, threads, 0.06));
  return best;
}

}  // namespace

// usage: crossrank_matrix_peak THREADS [f32|bf16]
int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  const std::string precision = argc > 2 ? argv[2] : "f32";
  if (threads < 1 || (precision != "f32" && precision != "bf16")) {
    std::cerr << "usage: crossrank_matrix_peak THREADS [f32|bf16], THREADS at least 1\n";
    return 2;
  }
  const auto type = precision == "f32" ? memory::data_type::f32 : memory::data_type::bf16;
  try {
    (void)Product(dnnl::engine(dnnl::engine::kind::cpu, 0), kShapes[0], type);
  } catch (const dnnl::error& error) {
    std::cerr << "crossrank_matrix_peak: oneDNN multiplies no " << precision << " matrices on this machine: " << error.what() << "\n";
    return 1;
  }
  (void)best_rate(type, threads);
  std::cout << "{\"ready\":\"" << precision << "\"}" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const double one = best_rate(type, 1), all = threads == 1 ? one : best_rate(type, threads);
    std::cout << "{\"one_thread_gops\":" << one / 1e9 << ",\"gops\":" << all / 1e9 << ",\"threads\":" << threads << "}" << std::endl;
  }
  return 0;
}
