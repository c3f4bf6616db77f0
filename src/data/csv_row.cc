#include "data/csv_row.h"

#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"

namespace crossrank {
namespace {

// The part of a row's current field that follows its opening quote: up to the closing quote, over as many lines as it takes.
// Returns what follows the closing quote on its line.
std::string_view quoted_field(LineReader& lines, std::string_view rest, std::string& field, int64_t first_line) {
  while (true) {
    const size_t quote = rest.find('"');
    if (quote != std::string_view::npos) {
      field.append(rest.substr(0, quote));
      rest.remove_prefix(quote + 1);
      if (!rest.starts_with('"')) return rest;
      field.push_back('"');
      rest.remove_prefix(1);
      continue;
    }
    field.append(rest);
    field.append(lines.ending());
    if (field.size() > kMaxLineBytes) {
      throw error(ErrorCode::kInput, "{}: a quoted field longer than {} MiB; is its closing quote missing?", lines.where(first_line),
                  kMaxLineBytes >> 20);
    }
    if (!lines.next()) throw error(ErrorCode::kInput, "{}: a quoted field that no quote closes", lines.where(first_line));
    rest = lines.line();
  }
}

}  // namespace

bool next_csv_row(LineReader& lines, char separator, std::vector<std::string>& fields, int64_t& first_line) {
  fields.clear();
  do {
    if (!lines.next()) return false;
  } while (lines.line().empty());
  first_line = lines.number();
  std::string_view rest = lines.line();
  size_t bytes = 0;
  while (true) {
    std::string field;
    if (rest.starts_with('"')) {
      rest = quoted_field(lines, rest.substr(1), field, first_line);
      if (!rest.empty() && rest.front() != separator) {
        throw error(ErrorCode::kInput, "{}: field {}: text after the closing quote; double a quote that belongs to the text", lines.where(),
                    fields.size() + 1);
      }
    } else {
      const size_t length = std::min(rest.find(separator), rest.size());
      field.assign(rest.substr(0, length));
      rest.remove_prefix(length);
    }
    bytes += field.size();
    if (bytes > kMaxLineBytes) throw error(ErrorCode::kInput, "{}: a row longer than {} MiB", lines.where(first_line), kMaxLineBytes >> 20);
    fields.push_back(is_valid_utf8(field) ? std::move(field) : replace_invalid_utf8(field));
    if (rest.empty()) return true;
    rest.remove_prefix(1);
  }
}

}  // namespace crossrank
