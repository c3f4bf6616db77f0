// TransferProgress: bytes done by several threads, told to the caller one at a time.
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>

#include "hub/hub.h"

namespace crossrank {

/// May be shared between threads.
class TransferProgress {
 public:
  TransferProgress(HubProgress progress, int64_t total) : progress_(std::move(progress)), total_(total) {}

  /// May be negative: what turned out damaged, or has to be sent again.
  void add(int64_t bytes) {
    const std::lock_guard lock(mutex_);
    done_ += bytes;
    if (progress_ && bytes != 0) progress_(done_, total_);
  }

 private:
  std::mutex mutex_;
  HubProgress progress_;
  int64_t done_ = 0, total_;
};

}  // namespace crossrank
