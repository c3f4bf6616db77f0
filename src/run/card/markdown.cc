#include "run/card/markdown.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "run/card/code_points.h"

namespace crossrank {
namespace {

bool is_word(char32_t c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80; }
bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }
bool is_line_end(char32_t c) { return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029; }

// The character that makes GitHub's Markdown link an address which nobody marked, and take what is escaped behind it into the link: the
// colon of "http://", the point of "www.", the at of "a@b.c" (of "ndcg@10" it is none).
bool begins_link(std::u32string_view text, size_t at) {
  if (text[at] == ':') return text.substr(at + 1, 2) == U"//";
  if (text[at] == '.') return at >= 3 && (text.substr(at - 3, 3) == U"www" || text.substr(at - 3, 3) == U"WWW");
  if (text[at] != '@') return false;
  size_t end = at + 1;
  while (end < text.size() && (is_word(text[end]) || text[end] == '-' || text[end] == '_')) ++end;
  return end < text.size() && text[end] == '.';
}

std::string entity(char32_t c) { return fmt::format("&#{};", static_cast<uint32_t>(c)); }

size_t longest_run_of_backticks(std::string_view text) {
  size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string markdown_text(std::string_view text) {
  const std::u32string points = code_points(text);
  std::string out;
  for (size_t i = 0; i < points.size(); ++i) {
    const char32_t c = points[i];
    const char32_t before = i > 0 ? points[i - 1] : U' ', after = i + 1 < points.size() ? points[i + 1] : U' ';
    if (is_line_end(c) || c == '\t') {
      out += ' ';
    } else if (is_control(c)) {
      append_utf8(0xFFFD, out);
    } else if (c == '<' || c == '>' || c == '&') {
      out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;";
    } else if (begins_link(points, i)) {
      out += entity(c);
    } else {
      // An underscore inside a word is one to Markdown too, and a bracket begins a link only where another follows.
      const bool mark = std::u32string_view(U"\\`*~$|").find(c) != std::u32string_view::npos ||
                        (c == '_' && !(is_word(before) && is_word(after))) || (c == ']' && (after == '(' || after == '[' || after == ':'));
      if (mark) out += '\\';
      append_utf8(c, out);
    }
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  static constexpr std::u32string_view kMarks = U"\\`*_~$[]&<>";
  std::string out = "<code>";
  const std::u32string points = code_points(text);
  for (size_t i = 0; i < points.size(); ++i) {
    const char32_t c = points[i];
    if (c == '\r' && i + 1 < points.size() && points[i + 1] == '\n') continue;
    if (is_line_end(c)) out += "<br>";
    else if (c == '|') out += "\\|";
    else if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (kMarks.find(c) != std::u32string_view::npos || begins_link(points, i)) out += entity(c);
    else append_utf8(is_control(c) && c != '\t' ? 0xFFFD : c, out);
  }
  return out + "</code>";
}

std::string markdown_code_span(std::string_view text) {
  std::string line;
  for (const char32_t c : code_points(text)) append_utf8(is_line_end(c) || is_control(c) ? U' ' : c, line);
  const std::string ticks(longest_run_of_backticks(line) + 1, '`');
  const bool apart = ticks.size() > 1 || line.empty();  // a backtick at an end would join the fence
  return ticks + (apart ? " " : "") + line + (apart ? " " : "") + ticks;
}

std::string markdown_block(std::string_view language, std::string_view text) {
  const std::string fence(std::max<size_t>(3, longest_run_of_backticks(text) + 1), '`');
  return fmt::format("{}{}\n{}\n{}", fence, language, replace_invalid_utf8(text), fence);
}

bool is_hub_id(std::string_view id) {
  const auto allowed = [](char c) { return (static_cast<unsigned char>(c) < 0x80 && is_word(c)) || c == '-' || c == '_' || c == '.'; };
  const size_t slash = id.find('/');
  const std::string_view parts[] = {slash == std::string_view::npos ? "org" : id.substr(0, slash),
                                    slash == std::string_view::npos ? id : id.substr(slash + 1)};
  return id.size() <= 96 && id.find("--") == std::string_view::npos && id.find("..") == std::string_view::npos &&
         std::all_of(std::begin(parts), std::end(parts), [&](std::string_view part) {
           return !part.empty() && std::all_of(part.begin(), part.end(), allowed) && is_word(part.front()) && is_word(part.back());
         });
}

std::string hub_link(std::string_view name, std::string_view id, std::string_view kind) {
  if (!is_hub_id(id)) return markdown_text(name);
  return fmt::format("[{}](https://huggingface.co/{}{})", markdown_text(name), kind, id);
}

std::string markdown_table(const std::vector<std::vector<std::string>>& rows, Align align) {
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], num_code_points(row[i]));
  }
  std::string out;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t i = 0; i < rows[r].size(); ++i) out += "| " + rows[r][i] + std::string(widths[i] - num_code_points(rows[r][i]) + 1, ' ');
    out += "|\n";
    if (r > 0) continue;
    for (const size_t width : widths) out += "|:" + std::string(width, '-') + (align == Align::kCentre ? ":" : "-");
    out += "|\n";
  }
  return out;
}

std::string in_bullet(std::string_view text) {
  std::string out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) out += "  ";
    out.append(text.substr(begin, end - begin)).append("\n");
    begin = end + 1;
  }
  return out;
}

}  // namespace crossrank
