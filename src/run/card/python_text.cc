#include "run/card/python_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "base/python_number.h"
#include "run/card/code_points.h"

namespace crossrank {
namespace {

// Controls, spaces other than " ", what changes the direction of writing, private and surrogate areas: Python escapes these.
bool is_unseen(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD || c == 0x1680 || (c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) ||
         (c >= 0x205F && c <= 0x206F) || c == 0x3000 || (c >= 0xD800 && c <= 0xF8FF) || c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFB) ||
         (c & 0xFFFEU) == 0xFFFE || c >= 0xE0000;
}

std::string escaped(char32_t c) {
  const auto number = static_cast<uint32_t>(c);
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  if (c < 0x100) return fmt::format("\\x{:02x}", number);
  return c < 0x10000 ? fmt::format("\\u{:04x}", number) : fmt::format("\\U{:08x}", number);
}

// fmt writes a sign before NaN where its sign bit is set; Python never does.
std::string fixed(double value, int digits) { return std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : python_number(value); }

std::string element(const Json& value) {
  return value.is_string() ? python_literal(value.get_ref<const std::string&>()) : python_str(value);
}

}  // namespace

std::string python_literal(std::string_view text) {
  const char quote = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out(1, quote);
  for (const char32_t c : code_points(text)) {
    if (c == static_cast<char32_t>(quote) || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (is_unseen(c)) {
      out += escaped(c);
    } else {
      append_utf8(c, out);
    }
  }
  return out + quote;
}

std::string python_str(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_number_float()) return python_number(value.get<double>());
  if (value.is_null()) return "None";
  if (!value.is_structured()) return value.dump();
  std::string out;
  for (const auto& item : value.items()) {
    if (!out.empty()) out += ", ";
    if (value.is_object()) out += python_literal(item.key()) + ": ";
    out += element(item.value());
  }
  return value.is_array() ? "[" + out + "]" : "{" + out + "}";
}

std::string python_rounded(double value, int digits) {
  return std::isfinite(value) ? python_number(std::strtod(fixed(value, digits).c_str(), nullptr)) : python_number(value);
}

std::string table_number(double value) {
  const std::string text = python_number(value);
  const size_t point = text.find('.');
  return point != std::string::npos && text.size() - point - 1 > 4 ? fixed(value, 4) : text;
}

std::string with_commas(int64_t number) {
  std::string out = std::to_string(number);
  for (size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

std::string number_with_change(double value, double base) {
  const double change = value - base;
  return fmt::format("{} ({}{})", fixed(value, 4), std::signbit(change) && !std::isnan(change) ? "" : "+", fixed(change, 4));
}

}  // namespace crossrank
