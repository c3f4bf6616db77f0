// When to ask again, and how long to wait before.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "hub/hub.h"

namespace crossrank {

/// Answers that may be better the next time: 408, 429, 500, 502, 503, 504. No other one is asked twice.
bool is_transient_status(int status);

/// A Retry-After header in seconds from `now` (a Unix time): a count or a date; nothing where it says neither.
std::optional<int64_t> retry_after_seconds(const std::string& header, int64_t now);

/// The wait before attempt 1, 2, ...: what the Hub asked for, else doubling, of which `jitter` in [0, 1) takes up to half away.
int64_t retry_wait_ms(const HubRetries& retries, int attempt, std::optional<int64_t> retry_after_s, double jitter);

/// Counts the attempts of one call.
class Backoff {
 public:
  explicit Backoff(const HubRetries& retries) : retries_(retries), random_(std::random_device()()) {}

  /// Waits before the next attempt; false, at once, when there should be none. `most` may lower the number of attempts.
  bool wait(std::optional<int64_t> retry_after_s = {}, int most = 1 << 20);
  /// There was progress: the count starts anew.
  void reset() { attempt_ = 0; }

 private:
  HubRetries retries_;
  int attempt_ = 0;
  std::minstd_rand random_;
};

}  // namespace crossrank
