#include "run/card/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/python_number.h"
#include "base/utf8.h"
#include "run/card/code_points.h"

namespace crossrank {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What YAML 1.1 takes for a boolean or for nothing: Norwegian's code is "no".
bool is_reserved(std::string_view text) {
  static constexpr std::string_view kWords[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords);
}

// A letter first (so no number, date or indicator), then what has no meaning of its own; a colon only inside a word.
bool is_plain(std::string_view text) {
  if (text.empty() || !is_letter(text.front()) || text.back() == ' ' || text.back() == ':' || is_reserved(text)) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!is_letter(c) && !is_digit(c) && std::string_view(" _./@+-:").find(c) == std::string_view::npos) return false;
    if (c == ':' && text[i + 1] == ' ') return false;
  }
  return true;
}

// Outside the characters that YAML prints, or an end of line to some reader of it.
bool needs_escape(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF || c == 0xFFFE || c == 0xFFFF;
}

std::string double_quoted(std::u32string_view text) {
  std::string out = "\"";
  for (const char32_t c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (needs_escape(c)) {
      out += c < 0x100 ? fmt::format("\\x{:02X}", static_cast<uint32_t>(c)) : fmt::format("\\u{:04X}", static_cast<uint32_t>(c));
    } else {
      append_utf8(c, out);
    }
  }
  return out + "\"";
}

// YAML 1.1 wants a point in a number with an exponent, and a sign before the exponent, which Python writes.
std::string number(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  std::string text = python_number(value);
  const size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

std::string scalar(const OrderedJson& value) {
  if (value.is_string()) return yaml_text(value.get_ref<const std::string&>());
  if (value.is_number_float()) return number(value.get<double>());
  if (value.is_array()) return "[]";
  if (value.is_object()) return "{}";
  return value.dump();
}

bool has_lines(const OrderedJson& value) { return value.is_structured() && !value.empty(); }

// Lines of a list or an object, the first one without its indentation: it goes on behind "- ".
void append_lines(const OrderedJson& value, size_t indent, std::string& out) {
  bool first = true;
  for (const auto& item : value.items()) {
    if (!first) out.append(indent, ' ');
    first = false;
    const OrderedJson& inner = item.value();
    if (value.is_array()) {
      out += "- ";
      if (has_lines(inner)) append_lines(inner, indent + 2, out);
      else out += scalar(inner) + "\n";
    } else {
      out += yaml_text(item.key()) + ":";
      if (has_lines(inner)) {
        const size_t deeper = inner.is_array() ? indent : indent + 2;
        out += "\n" + std::string(deeper, ' ');
        append_lines(inner, deeper, out);
      } else {
        out += " " + scalar(inner) + "\n";
      }
    }
  }
}

}  // namespace

std::string yaml_text(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  const std::u32string points = code_points(text);
  if (std::any_of(points.begin(), points.end(), needs_escape)) return double_quoted(points);
  std::string out = "'";
  for (const char c : replace_invalid_utf8(text)) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string yaml(const OrderedJson& object) {
  if (!has_lines(object)) return "{}\n";
  std::string out;
  append_lines(object, 0, out);
  return out;
}

}  // namespace crossrank
