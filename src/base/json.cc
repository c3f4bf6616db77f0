#include "base/json.h"

#include "base/error.h"
#include "base/utf8.h"

namespace nlohmann {
template class basic_json<>;
namespace detail {
template class serializer<json>;
template class json_sax_dom_parser<json>;
template class lexer<json, input_stream_adapter>;
template class parser<json, input_stream_adapter>;
template class lexer<json, iterator_input_adapter<const char*>>;
template class parser<json, iterator_input_adapter<const char*>>;
template class lexer<json, iterator_input_adapter<std::string::const_iterator>>;
template class parser<json, iterator_input_adapter<std::string::const_iterator>>;
}  // namespace detail
}  // namespace nlohmann

namespace crossrank {
namespace {

// Depth is counted before parsing: the parser's own hook costs as much as parsing does. Text that is not JSON may be counted wrongly,
// but never as less deep than the parser would find it.
bool nested_too_deep(std::string_view text) noexcept {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

Json parse_limited(std::string_view text, std::string_view where, ErrorCode code) {
  if (nested_too_deep(text)) throw error(code, "{}: JSON nested deeper than {} levels", where, kMaxJsonDepth);
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& problem) {
    throw error(code, "{}: not valid JSON near byte {}", where, problem.byte);
  } catch (const Json::exception&) {
    throw error(code, "{}: JSON holds a number out of range", where);
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code unit of a \uXXXX escape that begins at `at`, or -1.
int unicode_escape(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

// Rewrites each \uD800..\uDFFF escape that has no partner to \ufffd, in place (the same six bytes).
void replace_lone_surrogate_escapes(std::string& text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '\\') continue;
    const int unit = unicode_escape(text, i);
    if (unit < 0xD800 || unit > 0xDFFF) {
      ++i;  // skips the escaped character, so that "\\ud800" stays a backslash and letters
      continue;
    }
    const int next = unit < 0xDC00 ? unicode_escape(text, i + 6) : -1;
    if (next >= 0xDC00 && next <= 0xDFFF) {
      i += 11;
    } else {
      text.replace(i, 6, "\\ufffd");
      i += 5;
    }
  }
}

// `text` as the parser takes it: what it would refuse is replaced. `clean` keeps the bytes where they change.
std::string_view cleaned(std::string_view text, std::string& clean) {
  const bool has_escapes = text.find("\\u") != std::string_view::npos;
  if (!has_escapes && is_valid_utf8(text)) return text;
  clean = replace_invalid_utf8(text);
  if (has_escapes) replace_lone_surrogate_escapes(clean);
  return clean;
}

}  // namespace

Json parse_json(std::string_view text, std::string_view where, ErrorCode code) { return parse_limited(text, where, code); }

Json parse_json_data(std::string_view text, std::string_view where) {
  std::string clean;
  return parse_limited(cleaned(text, clean), where, ErrorCode::kInput);
}

std::vector<std::string> json_keys(std::string_view text) {
  std::string clean;
  std::vector<std::string> keys;
  const std::string_view usable = cleaned(text, clean);
  const auto value = nlohmann::ordered_json::parse(usable.begin(), usable.end());
  if (!value.is_object()) return keys;
  for (const auto& [key, unused] : value.items()) keys.push_back(key);
  return keys;
}

JsonObject::JsonObject(const Json& value, std::string where, ErrorCode code) : value_(&value), where_(std::move(where)), code_(code) {
  if (!value.is_object()) throw error(code_, "{}: expected an object, found {}", where_, value.type_name());
}

const Json* JsonObject::find(std::string_view name) const {
  const auto it = value_->find(name);
  return it == value_->end() || it->is_null() ? nullptr : &*it;
}

const Json& JsonObject::require(std::string_view name) const {
  const Json* field = find(name);
  if (field == nullptr) throw bad_field(name, "is missing");
  return *field;
}

Error JsonObject::bad_field(std::string_view name, std::string_view problem) const {
  return error(code_, "{}: field {}: {}", where_, name, problem);
}

std::string JsonObject::string(std::string_view name) const {
  const Json& field = require(name);
  if (!field.is_string()) throw bad_field(name, fmt::format("expected a string, found {}", field.type_name()));
  return field.get<std::string>();
}

bool JsonObject::boolean(std::string_view name) const {
  const Json& field = require(name);
  if (!field.is_boolean()) throw bad_field(name, fmt::format("expected true or false, found {}", field.type_name()));
  return field.get<bool>();
}

int64_t JsonObject::integer(std::string_view name, int64_t low, int64_t high) const {
  const Json& field = require(name);
  if (!field.is_number_integer()) throw bad_field(name, fmt::format("expected a whole number, found {}", field.dump().substr(0, 40)));
  const bool too_large = field.is_number_unsigned() && field.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX);
  const int64_t value = too_large ? INT64_MAX : field.get<int64_t>();
  if (too_large || value < low || value > high) {
    throw bad_field(name, fmt::format("{} is outside {} to {}", field.dump(), low, high));
  }
  return value;
}

double JsonObject::number(std::string_view name) const {
  const Json& field = require(name);
  if (!field.is_number()) throw bad_field(name, fmt::format("expected a number, found {}", field.type_name()));
  return field.get<double>();
}

JsonObject JsonObject::object(std::string_view name) const { return JsonObject(require(name), fmt::format("{}: {}", where_, name), code_); }

const Json& JsonObject::array(std::string_view name) const {
  const Json& field = require(name);
  if (!field.is_array()) throw bad_field(name, fmt::format("expected a list, found {}", field.type_name()));
  return field;
}

std::vector<std::string> JsonObject::strings(std::string_view name) const {
  std::vector<std::string> values;
  for (const Json& value : array(name)) {
    if (!value.is_string()) throw bad_field(name, fmt::format("expected strings, found {}", value.type_name()));
    values.push_back(value.get<std::string>());
  }
  return values;
}

std::string JsonObject::string(std::string_view name, std::string fallback) const { return has(name) ? string(name) : std::move(fallback); }
bool JsonObject::boolean(std::string_view name, bool fallback) const { return has(name) ? boolean(name) : fallback; }
int64_t JsonObject::integer(std::string_view name, int64_t low, int64_t high, int64_t fallback) const {
  return has(name) ? integer(name, low, high) : fallback;
}
double JsonObject::number(std::string_view name, double fallback) const { return has(name) ? number(name) : fallback; }

}  // namespace crossrank
