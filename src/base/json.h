// Json: parsing with limits, and typed access to fields whose errors name the file and the field.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crossrank/error.h"

// Compiled once, in json.cc: else they would be most of what any file that touches JSON compiles.
namespace nlohmann {
extern template class basic_json<>;
namespace detail {
extern template class serializer<json>;
extern template class json_sax_dom_parser<json>;
extern template class lexer<json, input_stream_adapter>;
extern template class parser<json, input_stream_adapter>;
extern template class lexer<json, iterator_input_adapter<const char*>>;
extern template class parser<json, iterator_input_adapter<const char*>>;
extern template class lexer<json, iterator_input_adapter<std::string::const_iterator>>;
extern template class parser<json, iterator_input_adapter<std::string::const_iterator>>;
}  // namespace detail
}  // namespace nlohmann

namespace crossrank {

using Json = nlohmann::json;

/// Nesting deeper than this is refused: configurations and tokenizers stay below ten.
inline constexpr int kMaxJsonDepth = 64;

/// Parses strict JSON. `where` (a file, or "FILE line N") begins the message of the Error(code) that bad JSON gets.
Json parse_json(std::string_view text, std::string_view where, ErrorCode code);

/// Parses one JSON value of user data. What users' files really hold is accepted and replaced by U+FFFD rather than refused:
/// bytes that are not UTF-8, and lone surrogate escapes ("\ud800"), which Python writes.
Json parse_json_data(std::string_view text, std::string_view where);

/// The keys of an object in the order in which the text has them, which Json forgets; none where it is no object. For text that
/// parse_json_data accepts.
std::vector<std::string> json_keys(std::string_view text);

/// A JSON object together with where it stands ("config.json", "tokenizer.json: normalizer"), so that errors can name the field.
/// A view: the Json must outlive it.
class JsonObject {
 public:
  /// Error(code) when `value` is not an object.
  JsonObject(const Json& value, std::string where, ErrorCode code);

  const Json& json() const { return *value_; }
  const std::string& where() const { return where_; }
  ErrorCode code() const { return code_; }

  /// The field is there and not null.
  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// The raw field, or nullptr when absent or null.
  const Json* find(std::string_view name) const;

  /// A field of its type; Error when absent, or of another type or outside [low, high].
  std::string string(std::string_view name) const;
  bool boolean(std::string_view name) const;
  int64_t integer(std::string_view name, int64_t low, int64_t high) const;
  double number(std::string_view name) const;
  JsonObject object(std::string_view name) const;
  const Json& array(std::string_view name) const;
  std::vector<std::string> strings(std::string_view name) const;

  /// The same with a value for a field that is absent or null; a wrong type stays an error.
  std::string string(std::string_view name, std::string fallback) const;
  bool boolean(std::string_view name, bool fallback) const;
  int64_t integer(std::string_view name, int64_t low, int64_t high, int64_t fallback) const;
  double number(std::string_view name, double fallback) const;

  /// Error(code()) with "WHERE: field NAME: PROBLEM".
  [[nodiscard]] Error bad_field(std::string_view name, std::string_view problem) const;

 private:
  const Json& require(std::string_view name) const;

  const Json* value_;
  std::string where_;
  ErrorCode code_;
};

}  // namespace crossrank
