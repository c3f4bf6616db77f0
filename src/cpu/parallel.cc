#include "cpu/parallel.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

namespace crossrank {
namespace {

// The entry of GCC's OpenMP, which LLVM's and Intel's offer too: runs a function on every thread of the caller's team. Looked up, not
// linked, as in openmp.cc: a kernel must run on the OpenMP that oneDNN has loaded, whatever compiler built it.
using OpenMpParallel = void (*)(void (*work)(void*), void* data, unsigned threads, unsigned flags);

OpenMpParallel openmp_parallel() {
  static const auto entry = reinterpret_cast<OpenMpParallel>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  return entry;
}

// What OpenMP does between its threads is out of ThreadSanitizer's sight: this hands a job over in its sight.
std::atomic<int> handoff{0};

struct Job {
  Job(int64_t count_, const std::function<void(int64_t)>& body_) : count(count_), body(body_) {}

  const int64_t count;
  const std::function<void(int64_t)>& body;
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;

  void work() {
    for (int64_t i; (i = next.fetch_add(1)) < count;) {
      try {
        body(i);
      } catch (...) {
        next = count;
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
  }
};

void work_on(void* job) {
  handoff.fetch_add(1, std::memory_order_acq_rel);
  static_cast<Job*>(job)->work();
  handoff.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace

void parallel_tasks(int64_t count, const std::function<void(int64_t index)>& body) {
  Job job(count, body);
  if (count > 1 && openmp_parallel() != nullptr) {
    handoff.fetch_add(1, std::memory_order_acq_rel);
    // 0: as many threads as the caller's team has. Another number would end threads and start them again.
    openmp_parallel()(&work_on, &job, 0, 0);
    handoff.fetch_add(1, std::memory_order_acq_rel);
  } else {
    job.work();
  }
  if (job.failure) std::rethrow_exception(job.failure);
}

void parallel_pieces(int64_t count, int64_t piece, const std::function<void(int64_t first, int64_t last)>& body) {
  parallel_tasks((count + piece - 1) / piece, [&](int64_t i) { body(i * piece, std::min(count, (i + 1) * piece)); });
}

}  // namespace crossrank
