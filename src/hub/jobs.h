// run_jobs: pieces of one transfer, side by side on a few threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace crossrank {

/// Thrown by a job when `stop` was set: another one failed, whose error is the one to tell.
struct Stopped {};

/// Runs work(0) .. work(jobs - 1) on up to `threads` threads, this one among them; the first exception sets `stop`, keeps further jobs
/// from beginning and is thrown here once all have ended. A system that has no more threads gets by with those that there are.
void run_jobs(size_t jobs, int threads, std::atomic<bool>& stop, const std::function<void(size_t job)>& work);

}  // namespace crossrank
