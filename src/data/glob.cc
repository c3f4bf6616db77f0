#include "data/glob.h"

#include <string>
#include <vector>

namespace crossrank {
namespace {

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

// Where the "[...]" that begins the pattern ends, after the "]"; 0 where nothing closes it. A "]" that comes first is a member.
size_t end_of_set(std::string_view pattern) {
  size_t at = 1;
  if (at < pattern.size() && pattern[at] == '!') ++at;
  if (at < pattern.size() && pattern[at] == ']') ++at;
  while (at < pattern.size() && pattern[at] != ']') ++at;
  return at < pattern.size() ? at + 1 : 0;
}

bool in_set(std::string_view members, char c) {
  const bool negated = members.starts_with('!');
  if (negated) members.remove_prefix(1);
  const auto byte = [](char value) { return static_cast<unsigned char>(value); };
  bool found = false;
  for (size_t i = 0; i < members.size(); ++i) {
    if (i + 2 < members.size() && members[i + 1] == '-') {
      found |= byte(members[i]) <= byte(c) && byte(c) <= byte(members[i + 2]);
      i += 2;
    } else {
      found |= members[i] == c;
    }
  }
  return found != negated;
}

// How many bytes of the pattern fit the one character; 0: it does not fit.
size_t fit_one(std::string_view pattern, char c) {
  if (pattern.empty()) return 0;
  if (pattern.front() == '?') return 1;
  if (pattern.front() == '[') {
    const size_t end = end_of_set(pattern);
    if (end > 0) return in_set(pattern.substr(1, end - 2), c) ? end : 0;
  }
  return pattern.front() == c ? 1 : 0;
}

// One part of a path. On a mismatch the last "*" takes one character more; earlier ones need not be tried again.
bool match_part(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
    } else if (const size_t used = fit_one(pattern.substr(std::min(p, pattern.size())), text[t]); used > 0) {
      p += used;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view path) {
  const std::vector<std::string_view> wanted = parts_of(pattern), parts = parts_of(path);
  // fits[i]: whether the pattern so far fits the first i parts of the path.
  std::vector<char> fits(parts.size() + 1, 0);
  fits[0] = 1;
  for (size_t w = 0; w < wanted.size(); ++w) {
    std::vector<char> next(parts.size() + 1, 0);
    const bool any = wanted[w] == "**", last = w + 1 == wanted.size();
    for (size_t i = 0; i <= parts.size(); ++i) {
      if (any) {
        next[i] = static_cast<char>((i > 0 && (next[i - 1] != 0 || fits[i - 1] != 0)) || (!last && fits[i] != 0));
      } else if (i > 0) {
        next[i] = static_cast<char>(fits[i - 1] != 0 && match_part(wanted[w], parts[i - 1]));
      }
    }
    fits = std::move(next);
  }
  return fits[parts.size()] != 0;
}

}  // namespace crossrank
