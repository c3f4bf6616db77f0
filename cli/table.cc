#include "cli/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "base/utf8.h"

namespace crossrank {
namespace {

// The character at the start of well-formed UTF-8, and its bytes.
struct Character {
  uint32_t code;
  size_t bytes;
};

Character first_character(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint32_t code = bytes == 1 ? lead : lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) code = code << 6 | (static_cast<uint8_t>(text[i]) & 0x3Fu);
  return {code, bytes};
}

struct Range {
  uint32_t first, last;
};

// Controls, line and paragraph separators, and the marks that turn the direction of writing.
constexpr Range kUnsafe[] = {{0x00, 0x1F}, {0x7F, 0x9F}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}};
// What terminals draw two columns wide: East Asian scripts and emoji; an approximation of UAX #11.
constexpr Range kWide[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},  {0xFE30, 0xFE6F},
                           {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
// What takes no column: the common combining marks, joiners and selectors.
constexpr Range kZeroWidth[] = {{0x0300, 0x036F}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};

bool in(std::span<const Range> ranges, uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [code](Range range) { return code >= range.first && code <= range.last; });
}

int width_of(uint32_t code) { return in(kZeroWidth, code) ? 0 : in(kWide, code) ? 2 : 1; }

int width_of(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    width += width_of(character.code);
    text.remove_prefix(character.bytes);
  }
  return width;
}

}  // namespace

std::string one_line(std::string_view text, int width) {
  const std::string clean = replace_invalid_utf8(text);
  std::string_view rest = clean;
  std::string line;
  int used = 0;
  size_t cut_at = 0;  // the bytes of `line` that leave room for "..."
  while (!rest.empty()) {
    const Character character = first_character(rest);
    const bool unsafe = in(kUnsafe, character.code);
    const int columns = unsafe ? 1 : width_of(character.code);
    if (used + columns > width) {
      line.resize(cut_at);
      return line + "...";
    }
    if (unsafe) {
      line += ' ';
    } else {
      line += rest.substr(0, character.bytes);
    }
    used += columns;
    if (used + 3 <= width) cut_at = line.size();
    rest.remove_prefix(character.bytes);
  }
  return line;
}

std::string table(std::span<const std::string> header, std::span<const std::vector<std::string>> rows, int width) {
  const size_t last = header.size() - 1;
  std::vector<int> widths(header.size());
  int used = 0;
  for (size_t column = 0; column < last; ++column) {
    widths[column] = width_of(header[column]);
    for (const auto& row : rows) widths[column] = std::max(widths[column], width_of(row[column]));
    used += widths[column] + 2;
  }
  std::string out;
  const auto add_row = [&](std::span<const std::string> row) {
    for (size_t column = 0; column < last; ++column) {
      out.append(static_cast<size_t>(widths[column] - width_of(row[column])), ' ').append(row[column]).append("  ");
    }
    out.append(one_line(row[last], std::max(width - used, 20))).append("\n");
  };
  add_row(header);
  for (const auto& row : rows) add_row(row);
  return out;
}

int terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 120;
}

}  // namespace crossrank
