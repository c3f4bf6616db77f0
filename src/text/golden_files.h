// Reading tests/goldens/tokenizers (made by tools/make_tokenizer_goldens.py), for tests.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "base/mapped_file.h"

namespace crossrank::goldens {

inline std::string path(const std::string& name) { return "tests/goldens/tokenizers/" + name; }

inline std::string read(const std::string& file) { return read_file(file, size_t{1} << 28); }

/// One value a line.
inline std::vector<Json> lines(const std::string& name) {
  const std::string text = read(path(name));
  std::vector<Json> values;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    values.push_back(parse_json(std::string_view(text).substr(begin, end - begin), name, ErrorCode::kInput));
    begin = end + 1;
  }
  return values;
}

/// A text of texts.jsonl: a string, or {"repeat": [[string, times], ...]}.
inline std::string expand(const Json& text) {
  if (text.is_string()) return text.get<std::string>();
  std::string out;
  for (const Json& part : text.at("repeat")) {
    for (int i = 0; i < part.at(1).get<int>(); ++i) out += part.at(0).get_ref<const std::string&>();
  }
  return out;
}

inline constexpr uint64_t kHashStart = 0xCBF29CE484222325ull;

/// 64-bit FNV-1a over ids as 32-bit units.
inline uint64_t hash_ids(const std::vector<int32_t>& ids, uint64_t hash = kHashStart) {
  for (const int32_t id : ids) hash = (hash ^ static_cast<uint32_t>(id)) * 0x100000001B3ull;
  return hash;
}

/// The ids as the goldens hold them: a list, or count and hash.
inline Json golden_form(const std::vector<int32_t>& ids) {
  if (ids.size() <= 48) return ids;
  return {{"tokens", ids.size()}, {"hash", fmt::format("{:016x}", hash_ids(ids))}};
}

}  // namespace crossrank::goldens
