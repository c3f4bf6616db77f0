#include "hub/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

namespace crossrank {

bool is_transient_status(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

std::optional<int64_t> retry_after_seconds(const std::string& header, int64_t now) {
  int64_t seconds = 0;
  const char* end = header.data() + header.size();
  const auto [rest, problem] = std::from_chars(header.data(), end, seconds);
  if (problem == std::errc() && rest == end) return seconds >= 0 ? std::optional(seconds) : std::nullopt;
  const time_t date = curl_getdate(header.c_str(), nullptr);
  if (date < 0) return {};
  return std::max<int64_t>(0, date - now);
}

int64_t retry_wait_ms(const HubRetries& retries, int attempt, std::optional<int64_t> retry_after_s, double jitter) {
  if (retry_after_s) return *retry_after_s * 1000;
  const int doublings = std::clamp(attempt - 1, 0, 20);
  const int64_t wait = std::min<int64_t>(int64_t{retries.first_wait_ms} << doublings, retries.max_wait_ms);
  return wait - static_cast<int64_t>(static_cast<double>(wait) * jitter / 2);
}

bool Backoff::wait(std::optional<int64_t> retry_after_s, int most) {
  if (attempt_ >= std::min(retries_.attempts, most) || (retry_after_s && *retry_after_s > retries_.max_retry_after_s)) return false;
  const double jitter = std::uniform_real_distribution<double>(0, 1)(random_);
  std::this_thread::sleep_for(std::chrono::milliseconds(retry_wait_ms(retries_, ++attempt_, retry_after_s, jitter)));
  return true;
}

}  // namespace crossrank
