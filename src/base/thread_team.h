// ThreadTeam: persistent worker threads that run one job at a time. Idle workers sleep.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace crossrank {

/// A fixed number of threads of its own; the caller's thread sleeps while they work, so that thread-local settings of libraries
/// (OpenMP's above all) are the workers' alone. One job at a time: calls from several threads, or from inside a job, are not allowed.
class ThreadTeam {
 public:
  /// Starts `threads` >= 1 workers; each calls `on_start(worker)` before anything else. An exception of on_start or of the start
  /// of a thread is thrown here.
  explicit ThreadTeam(int threads, std::function<void(int worker)> on_start = {});
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;
  ~ThreadTeam();

  int size() const { return static_cast<int>(threads_.size()); }

  /// Calls body(worker) once on every worker and waits for all. The first exception is thrown here, after all have ended.
  void run(const std::function<void(int worker)>& body);

  /// Calls body(index, worker) for every index in [0, count), each handed to the worker that asks next, in rising order. After an
  /// exception no further index is handed out, and it is thrown here.
  void parallel_for(int64_t count, const std::function<void(int64_t index, int worker)>& body);

 private:
  void work(int worker, const std::function<void(int)>& on_start);
  void stop() noexcept;

  std::mutex mutex_;
  std::condition_variable start_;
  std::condition_variable done_;
  const std::function<void(int)>* job_ = nullptr;
  uint64_t round_ = 0;  // counts jobs, so that a worker takes part in each one once
  int unfinished_ = 0;
  bool stopping_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

}  // namespace crossrank
