#include "hub/quote_stranger.h"

#include "base/utf8.h"

namespace crossrank {
namespace {

constexpr size_t kMaxQuote = 300;

}  // namespace

std::string quote_stranger(std::string_view text) {
  std::string line = replace_invalid_utf8(text.substr(0, kMaxQuote));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

}  // namespace crossrank
