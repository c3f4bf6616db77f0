#include "torch/torch_threads.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>

#include "base/cpu_budget.h"
#include "cpu/openmp.h"

namespace crossrank {

void use_torch_threads(int processes_of_machine) {
  const char* wanted = std::getenv("OMP_NUM_THREADS");
  const int threads = wanted != nullptr ? std::atoi(wanted) : available_cpus() / processes_of_machine;
  at::set_num_threads(std::max(1, threads));
  use_openmp_threads(std::max(1, threads));
}

}  // namespace crossrank
