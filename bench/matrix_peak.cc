// The machine's own matrix peak (cpu/matrix_peak.h), on one thread and on several. Answers every line on stdin with a line of JSON, so that
// it can take turns with what it is compared to.
#include "cpu/matrix_peak.h"

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "crossrank/error.h"

namespace {

constexpr double kSeconds = 0.06;

void serve(crossrank::ProductPrecision precision, const std::string& name, int threads) {
  crossrank::MatrixPeak on_one(precision, 1), on_all(precision, threads);
  (void)on_all.measure(kSeconds);
  std::cout << "{\"ready\":\"" << name << "\"}" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const double one = on_one.measure(kSeconds), all = threads == 1 ? one : on_all.measure(kSeconds);
    std::cout << "{\"one_thread_gops\":" << one / 1e9 << ",\"gops\":" << all / 1e9 << ",\"threads\":" << threads << "}" << std::endl;
  }
}

}  // namespace

// usage: crossrank_matrix_peak THREADS [f32|bf16|int8]
int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  const std::map<std::string, crossrank::ProductPrecision> precisions = {{"f32", crossrank::ProductPrecision::kF32},
                                                                         {"bf16", crossrank::ProductPrecision::kBf16},
                                                                         {"int8", crossrank::ProductPrecision::kInt8}};
  const std::string precision = argc > 2 ? argv[2] : "f32";
  if (threads < 1 || !precisions.contains(precision)) {
    std::cerr << "usage: crossrank_matrix_peak THREADS [f32|bf16|int8], THREADS at least 1\n";
    return 2;
  }
  try {
    serve(precisions.at(precision), precision, threads);
  } catch (const crossrank::Error& error) {
    std::cerr << "crossrank_matrix_peak: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
