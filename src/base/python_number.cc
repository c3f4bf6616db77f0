#include "base/python_number.h"

#include <charconv>
#include <cmath>
#include <iterator>

namespace crossrank {
namespace {

// The fewest digits that read back the same; with an exponent outside [1e-4, `large`).
template <typename Number>
std::string shortest(Number value, double large) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  const double size = std::abs(static_cast<double>(value));
  const bool plain = value == 0 || (size >= 1e-4 && size < large);
  char digits[64];
  const auto end =
      std::to_chars(std::begin(digits), std::end(digits), value, plain ? std::chars_format::fixed : std::chars_format::scientific).ptr;
  std::string text(digits, end);
  if (plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string python_number(double value) { return shortest(value, 1e16); }
std::string python_number(float value) { return shortest(value, 1e6); }

}  // namespace crossrank
