// use_torch_threads: how many threads libtorch and the kernels take.
#pragma once

namespace crossrank {

/// OMP_NUM_THREADS where it is set, else this process's share of the CPUs that it may use. Call before anything is computed.
void use_torch_threads(int processes_of_machine);

}  // namespace crossrank
