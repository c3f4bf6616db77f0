#include "hub/jobs.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace crossrank {

void run_jobs(size_t jobs, int threads, std::atomic<bool>& stop, const std::function<void(size_t job)>& work) {
  std::atomic<size_t> next = 0;
  std::exception_ptr thrown;
  std::mutex mutex;
  const auto worker = [&] {
    for (size_t job = next++; job < jobs && !stop; job = next++) {
      try {
        work(job);
      } catch (const Stopped&) {
        return;
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!thrown) thrown = std::current_exception();
        stop = true;
      }
    }
  };
  std::vector<std::thread> others;
  const size_t count = std::min(jobs, static_cast<size_t>(std::max(1, threads)));
  try {
    for (size_t i = 1; i < count; ++i) others.emplace_back(worker);
  } catch (const std::system_error&) {
    // No more threads here: those that there are do all.
  }
  worker();
  for (std::thread& other : others) other.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace crossrank
