#include "data/split_spec.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"

namespace crossrank {
namespace {

constexpr int64_t kMaxPosition = int64_t{1} << 53;  // exact as a double, for the percents

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0; }

[[nodiscard]] Error bad_split(std::string_view text) {
  return error(ErrorCode::kUsage, "--split {}: no split; write train, train[:1000], train[-5:] or train[10%:20%]", text);
}

// One end of a slice; nothing where it is empty. Underscores between digits are Python's.
std::optional<int64_t> parse_end(std::string_view part, bool& percent, std::string_view text) {
  if (part.empty()) return std::nullopt;
  if (part.ends_with('%')) {
    percent = true;
    part.remove_suffix(1);
  }
  std::string digits(part);
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  int64_t value = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = problem == std::errc() && stop == digits.data() + digits.size();
  if (!whole || value > kMaxPosition || value < -kMaxPosition) throw bad_split(text);
  return value;
}

int64_t rows_of_percent(int64_t percent, int64_t num_rows, bool drop_remainder, std::string_view text) {
  if (!drop_remainder) return static_cast<int64_t>(std::nearbyint(static_cast<double>(percent) * static_cast<double>(num_rows) / 100.0));
  if (num_rows >= 100) return percent * (num_rows / 100);
  throw error(ErrorCode::kUsage, "--split {}: pct1_dropremainder leaves nothing of {} rows; at least 100 are needed", text, num_rows);
}

}  // namespace

bool is_split_name(std::string_view name) {
  char before = '.';
  for (const char c : name) {
    if (!is_word(c) && (c != '.' || before == '.')) return false;
    before = c;
  }
  return before != '.';
}

SplitSpec parse_split_spec(std::string_view text) {
  SplitSpec spec;
  spec.text = text;
  std::string_view rest = text;
  if (rest.ends_with(')')) {
    const size_t open = std::min(rest.find('('), rest.size());
    const std::string_view rounding = rest.substr(open);
    if (rounding != "(closest)" && rounding != "(pct1_dropremainder)") throw bad_split(text);
    spec.drop_remainder = rounding == "(pct1_dropremainder)";
    rest = rest.substr(0, open);
  }
  if (rest.ends_with(']')) {
    const size_t open = rest.find('['), colon = rest.find(':');
    if (open == std::string_view::npos || colon == std::string_view::npos || colon < open) throw bad_split(text);
    spec.from = parse_end(rest.substr(open + 1, colon - open - 1), spec.percent, text);
    spec.to = parse_end(rest.substr(colon + 1, rest.size() - colon - 2), spec.percent, text);
    rest = rest.substr(0, open);
  }
  const auto outside = [](const std::optional<int64_t>& percent) { return percent && (*percent > 100 || *percent < -100); };
  if (spec.percent && (outside(spec.from) || outside(spec.to))) throw bad_split(text);
  if (!is_split_name(rest)) throw bad_split(text);
  spec.split = rest;
  return spec;
}

RowRange SplitSpec::range(int64_t num_rows) const {
  const auto place = [&](const std::optional<int64_t>& end, int64_t otherwise) {
    if (!end) return otherwise;
    int64_t row = percent ? rows_of_percent(*end, num_rows, drop_remainder, text) : *end;
    if (row < 0) row = std::max<int64_t>(num_rows + row, 0);
    return std::min(row, num_rows);
  };
  const int64_t begin = place(from, 0);
  return {begin, std::max(begin, place(to, num_rows))};
}

}  // namespace crossrank
