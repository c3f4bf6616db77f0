#include "text/models/read_score.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace crossrank {
namespace {

constexpr int kMaxPower = 308;

// 10^n, the nearest double.
double power_of_ten(int n) noexcept {
  static const auto kPowers = [] {
    std::array<double, kMaxPower + 1> powers{};
    for (int i = 0; i <= kMaxPower; ++i) {
      std::array<char, 8> text{'1', 'e'};
      const auto [end, unused] = std::to_chars(text.data() + 2, text.data() + text.size(), i);
      std::from_chars(text.data(), end, powers[static_cast<size_t>(i)]);
    }
    return powers;
  }();
  return kPowers[static_cast<size_t>(n)];
}

double scaled(uint64_t digits, int64_t exponent) noexcept {
  auto value = static_cast<double>(digits);
  while (exponent < -kMaxPower && value != 0.0) {
    value /= power_of_ten(kMaxPower);
    exponent += kMaxPower;
  }
  if (value == 0.0) return value;
  if (exponent > kMaxPower) return std::numeric_limits<double>::infinity();
  return exponent >= 0 ? value * power_of_ten(static_cast<int>(exponent)) : value / power_of_ten(static_cast<int>(-exponent));
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Takes a digit into `digits` where 64 bits still hold it.
bool take_digit(char c, uint64_t& digits) noexcept {
  const auto digit = static_cast<uint64_t>(c - '0');
  if (digits > (UINT64_MAX - digit) / 10) return false;
  digits = digits * 10 + digit;
  return true;
}

}  // namespace

double read_score(std::string_view json_number) noexcept {
  const bool negative = json_number.starts_with('-');
  if (negative) json_number.remove_prefix(1);
  uint64_t digits = 0;
  int64_t exponent = 0;
  size_t at = 0;
  bool full = false;
  for (; at < json_number.size() && is_digit(json_number[at]); ++at) {
    full = full || !take_digit(json_number[at], digits);
    exponent += full ? 1 : 0;
  }
  if (at < json_number.size() && json_number[at] == '.') {
    full = false;  // the reference tries again behind the point
    for (++at; at < json_number.size() && is_digit(json_number[at]); ++at) {
      full = full || !take_digit(json_number[at], digits);
      exponent -= full ? 0 : 1;
    }
  }
  if (at < json_number.size()) {  // "e"
    ++at;
    const bool minus = json_number[at] == '-';
    if (minus || json_number[at] == '+') ++at;
    int64_t power = 0;
    for (; at < json_number.size(); ++at) power = std::min<int64_t>(power * 10 + (json_number[at] - '0'), 1 << 30);
    exponent += minus ? -power : power;
  }
  const double value = scaled(digits, exponent);
  return negative ? -value : value;
}

}  // namespace crossrank
