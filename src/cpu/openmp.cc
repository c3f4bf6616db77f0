#include "cpu/openmp.h"

#include <dlfcn.h>

#include <initializer_list>

namespace crossrank {
namespace {

using SetThreads = void (*)(int);

void set_threads_of(void* library, int threads) noexcept {
  if (const auto set_threads = reinterpret_cast<SetThreads>(dlsym(library, "omp_set_num_threads"))) set_threads(threads);
}

}  // namespace

// Looked up in what is loaded, not linked: oneDNN chose its OpenMP, and a second one (clang brings its own) would get the call instead.
void use_openmp_threads(int threads) noexcept {
  set_threads_of(RTLD_DEFAULT, threads);
  for (const char* name : {"libgomp.so.1", "libomp.so.5", "libiomp5.so"}) {
    // A Python module's libraries are not in the default scope.
    if (void* library = dlopen(name, RTLD_LAZY | RTLD_NOLOAD)) {
      set_threads_of(library, threads);
      dlclose(library);
    }
  }
}

}  // namespace crossrank
