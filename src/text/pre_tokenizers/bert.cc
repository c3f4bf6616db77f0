// BertPreTokenizer: cuts at white space, which goes, and at punctuation, which stands alone.
#include <array>

#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/unicode/char_class.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

class BertPreTokenizer final : public PreTokenizer {
 public:
  BertPreTokenizer() {
    for (size_t c = 0; c < 128; ++c) ascii_[c] = kind_of(static_cast<char32_t>(c));
  }

  void split(Pieces& pieces) const override {
    pieces.split_each([&](std::string_view piece, std::vector<std::string_view>& parts) {
      parts.reserve(parts.size() + piece.size() / 5);
      const char* const end = piece.data() + piece.size();
      const char* word = piece.data();
      for (const char* p = word; p < end;) {
        const char* const start = p;
        const auto byte = static_cast<uint8_t>(*p);
        const Kind kind = byte < 128 ? ascii_[byte] : kind_of(next_code_point(p));
        if (byte < 128) ++p;
        if (kind == Kind::kWordPart) continue;
        if (word < start) parts.emplace_back(word, static_cast<size_t>(start - word));
        if (kind == Kind::kPunctuationMark) parts.emplace_back(start, static_cast<size_t>(p - start));
        word = p;
      }
      if (word < end) parts.emplace_back(word, static_cast<size_t>(end - word));
    });
  }

 private:
  enum class Kind : uint8_t { kWordPart, kSpace, kPunctuationMark };

  Kind kind_of(char32_t c) const noexcept {
    const uint16_t classes = classes_.of(c);
    return (classes & kWhitespace) != 0 ? Kind::kSpace : (classes & kPunctuation) != 0 ? Kind::kPunctuationMark : Kind::kWordPart;
  }

  const CharClasses& classes_ = CharClasses::get();
  std::array<Kind, 128> ascii_{};
};

}  // namespace

std::unique_ptr<PreTokenizer> make_bert_pre_tokenizer(const JsonObject&) { return std::make_unique<BertPreTokenizer>(); }

}  // namespace crossrank
