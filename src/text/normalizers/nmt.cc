// Nmt: drops control characters and makes spaces of other characters that stand for one, by the list of SentencePiece's "nmt" rules.
#include "text/normalizers/normalizer.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

bool is_dropped(char32_t c) noexcept {
  return (c >= 0x1 && c <= 0x8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
}

bool becomes_space(char32_t c) noexcept {
  return c == 0x9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 ||
         c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
}

class Nmt final : public Normalizer {
 public:
  void normalize(std::string& text, bool& at_start) const override {
    std::string out;
    out.reserve(text.size());
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    for (const char* p = begin; p < end;) {
      const char* const start = p;
      const char32_t c = next_code_point(p);
      if (is_dropped(c)) {
        if (start == begin) at_start = false;
        continue;
      }
      if (becomes_space(c)) {
        out.push_back(' ');
      } else {
        out.append(start, p);
      }
    }
    text = std::move(out);
  }
};

}  // namespace

std::unique_ptr<const Normalizer> make_nmt(const JsonObject&) { return std::make_unique<Nmt>(); }

}  // namespace crossrank
