// ThreadTeam: a mutex and two condition variables; jobs are coarse, so a wake-up of some microseconds does not matter.
#include "base/thread_team.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace crossrank {

ThreadTeam::ThreadTeam(int threads, std::function<void(int worker)> on_start) {
  threads = std::max(1, threads);
  unfinished_ = threads;  // the start counts as the first job
  try {
    threads_.reserve(threads);
    for (int worker = 0; worker < threads; ++worker) threads_.emplace_back([this, worker, on_start] { work(worker, on_start); });
  } catch (...) {
    stop();
    throw;
  }
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return unfinished_ == 0; });
  if (error_) {
    const std::exception_ptr error = error_;
    lock.unlock();
    stop();
    std::rethrow_exception(error);
  }
}

ThreadTeam::~ThreadTeam() { stop(); }

void ThreadTeam::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  start_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ThreadTeam::run(const std::function<void(int worker)>& body) {
  std::unique_lock lock(mutex_);
  job_ = &body;
  unfinished_ = size();
  error_ = nullptr;
  ++round_;
  start_.notify_all();
  done_.wait(lock, [&] { return unfinished_ == 0; });
  job_ = nullptr;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadTeam::parallel_for(int64_t count, const std::function<void(int64_t index, int worker)>& body) {
  std::atomic<int64_t> next = 0;
  run([&](int worker) {
    try {
      for (int64_t index; (index = next.fetch_add(1, std::memory_order_relaxed)) < count;) body(index, worker);
    } catch (...) {
      next.store(count, std::memory_order_relaxed);
      throw;
    }
  });
}

void ThreadTeam::work(int worker, const std::function<void(int)>& on_start) {
  const std::function<void(int)>* job = on_start ? &on_start : nullptr;
  uint64_t seen = 0;
  while (true) {
    std::exception_ptr error;
    try {
      if (job != nullptr) (*job)(worker);
    } catch (...) {
      error = std::current_exception();
    }
    std::unique_lock lock(mutex_);
    if (error && !error_) error_ = error;
    if (--unfinished_ == 0) done_.notify_one();
    start_.wait(lock, [&] { return stopping_ || round_ != seen; });
    if (stopping_) return;
    seen = round_;
    job = job_;
  }
}

}  // namespace crossrank
