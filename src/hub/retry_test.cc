#include "hub/retry.h"

#include <gtest/gtest.h>

#include <chrono>

namespace crossrank {
namespace {

constexpr int64_t kNow = 784'111'777 - 30;  // half a minute before the date that RFC 9110 gives as an example

TEST(RetryTest, only_answers_that_may_change_are_asked_for_again) {
  for (const int status : {408, 429, 500, 502, 503, 504}) EXPECT_TRUE(is_transient_status(status)) << status;
  for (const int status : {200, 301, 400, 401, 403, 404, 409, 410, 416, 422, 501, 505}) EXPECT_FALSE(is_transient_status(status)) << status;
}

TEST(RetryTest, retry_after_is_a_count_of_seconds_or_a_date) {
  EXPECT_EQ(retry_after_seconds("7", kNow), 7);
  EXPECT_EQ(retry_after_seconds("0", kNow), 0);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:49:37 GMT", kNow), 30);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:49:37 GMT", kNow + 100), 0);
  for (const char* header : {"", "soon", "-5", "99999999999999999999"})
    EXPECT_EQ(retry_after_seconds(header, kNow), std::nullopt) << header;
}

TEST(RetryTest, waits_double_up_to_a_limit_and_jitter_takes_at_most_half) {
  const HubRetries retries{.attempts = 5, .first_wait_ms = 100, .max_wait_ms = 500};
  EXPECT_EQ(retry_wait_ms(retries, 1, {}, 0), 100);
  EXPECT_EQ(retry_wait_ms(retries, 2, {}, 0), 200);
  EXPECT_EQ(retry_wait_ms(retries, 4, {}, 0), 500);
  EXPECT_EQ(retry_wait_ms(retries, 1'000'000, {}, 0), 500);
  EXPECT_EQ(retry_wait_ms(retries, 2, {}, 0.5), 150);
  EXPECT_GE(retry_wait_ms(retries, 2, {}, 0.999), 100);
}

TEST(RetryTest, what_the_hub_asks_for_goes_before_our_own_waits) { EXPECT_EQ(retry_wait_ms({}, 3, 7, 0.9), 7000); }

TEST(RetryTest, attempts_end_and_progress_begins_them_anew) {
  Backoff backoff({.attempts = 2, .first_wait_ms = 1, .max_wait_ms = 1});
  EXPECT_TRUE(backoff.wait());
  EXPECT_TRUE(backoff.wait());
  EXPECT_FALSE(backoff.wait());
  backoff.reset();
  EXPECT_TRUE(backoff.wait());
  EXPECT_FALSE(backoff.wait({}, 1));
}

TEST(RetryTest, a_wait_that_is_too_long_is_refused_at_once) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(Backoff({.attempts = 5, .max_retry_after_s = 60}).wait(61));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

}  // namespace
}  // namespace crossrank
