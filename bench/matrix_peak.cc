// The machine's own f32 matrix peak: oneDNN's best matmul rate on one thread, and on several threads that each run their own
// single-threaded products. Answers every line on stdin with a line of JSON, so that it can take turns with what it is compared to.
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <dnnl.hpp>
#include <iostream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using dnnl::memory;

struct Shape {
  memory::dim m, n, k;
};

// Shapes of the models measured, and taller ones: the best of them is the peak.
constexpr Shape kShapes[] = {{256, 2304, 768}, {512, 2304, 768}, {1024, 2304, 768}, {2048, 2304, 768}, {256, 768, 768},
                             {512, 3072, 1024}, {1024, 1024, 2624}, {512, 1536, 384}, {1024, 1024, 1024}};

// A product of its own: primitive, packed weights, inputs of ordinary numbers.
class Product {
 public:
  Product(const dnnl::engine& engine, const Shape& shape) : shape_(shape) {
    const auto f32 = memory::data_type::f32;
    const memory::desc source({shape.m, shape.k}, f32, memory::format_tag::ab);
    const memory::desc weights({shape.k, shape.n}, f32, memory::format_tag::any);
    const memory::desc result({shape.m, shape.n}, f32, memory::format_tag::ab);
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
      float* values = static_cast<float*>(buffer.get_data_handle());
      for (size_t j = 0; j < descriptions[i].get_size() / sizeof(float); ++j) values[j] = 0.01f * static_cast<float>(j % 97) - 0.5f;
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
  Shape shape_;
  dnnl::primitive primitive_;
  std::unordered_map<int, memory> arguments_;
};

// The sum of the rates of `threads` threads on one shape, all running at once.
double rate_together(const Shape& shape, int threads, double seconds) {
  std::vector<double> rates(threads);
  std::atomic<int> ready{0};
  std::vector<std::thread> team;
  for (int i = 0; i < threads; ++i) {
    team.emplace_back([&, i] {
      omp_set_num_threads(1);  // of this thread's own products
      const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
      dnnl::stream stream(engine);
      const Product product(engine, shape);
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

double best_rate(int threads) {
  double best = 0;
  for (const Shape& shape : kShapes) best = std::max(best, rate_together(shape, threads, 0.06));
  return best;
}

}  // namespace

// usage: crossrank_matrix_peak THREADS
int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  if (threads < 1) {
    std::cerr << "crossrank_matrix_peak: THREADS must be at least 1\n";
    return 2;
  }
  (void)best_rate(threads);
  std::cout << "{\"ready\":\"f32\"}" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const double one = best_rate(1), all = threads == 1 ? one : best_rate(threads);
    std::cout << "{\"one_thread_gops\":" << one / 1e9 << ",\"gops\":" << all / 1e9 << ",\"threads\":" << threads << "}" << std::endl;
  }
  return 0;
}
