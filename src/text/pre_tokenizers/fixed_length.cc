// FixedLength: cuts after every so many characters.
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

class FixedLength final : public PreTokenizer {
 public:
  explicit FixedLength(int64_t length) : length_(length) {}
  void split(Pieces& pieces) const override {
    pieces.split_each([&](std::string_view piece, std::vector<std::string_view>& parts) {
      for (size_t at = 0; at < piece.size();) {
        size_t end = at;
        for (int64_t i = 0; i < length_ && end < piece.size(); ++i) end += utf8_length(piece[end]);
        parts.push_back(piece.substr(at, end - at));
        at = end;
      }
    });
  }

 private:
  int64_t length_;  // at least 1
};

}  // namespace

std::unique_ptr<PreTokenizer> make_fixed_length(const JsonObject& config) {
  return std::make_unique<FixedLength>(config.integer("length", 1, INT64_MAX, 5));
}

}  // namespace crossrank
