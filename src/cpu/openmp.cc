#include "cpu/openmp.h"

#include <dlfcn.h>

#include <initializer_list>

namespace crossrank {
namespace {

using SetThreads = void (*)(int);

void set_one_thread(void* library) noexcept {
  if (const auto set_threads = reinterpret_cast<SetThreads>(dlsym(library, "omp_set_num_threads"))) set_threads(1);
}

}  // namespace

// Looked up in what is loaded, not linked: oneDNN chose its OpenMP, and a second one (clang brings its own) would get the call instead.
void use_one_openmp_thread() noexcept {
  set_one_thread(RTLD_DEFAULT);
  for (const char* name : {"libgomp.so.1", "libomp.so.5", "libiomp5.so"}) {
    // A Python module's libraries are not in the default scope.
    if (void* library = dlopen(name, RTLD_LAZY | RTLD_NOLOAD)) {
      set_one_thread(library);
      dlclose(library);
    }
  }
}

}  // namespace crossrank
