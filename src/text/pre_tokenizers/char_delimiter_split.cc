// CharDelimiterSplit: cuts at one character, which goes.
#include "text/pre_tokenizers/one_character.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/pre_tokenizers/regex_spans.h"

namespace crossrank {
namespace {

class CharDelimiterSplit final : public PreTokenizer {
 public:
  explicit CharDelimiterSplit(const std::string& delimiter) : delimiter_(RegexSpans::literal(delimiter)) {}
  void split(Pieces& pieces) const override {
    pieces.split_each([&](std::string_view piece, std::vector<std::string_view>& parts) {
      append_parts(SplitBehavior::kRemoved, piece, delimiter_->spans(piece), parts);
    });
  }

 private:
  std::unique_ptr<const RegexSpans> delimiter_;
};

}  // namespace

std::unique_ptr<PreTokenizer> make_char_delimiter_split(const JsonObject& config) {
  return std::make_unique<CharDelimiterSplit>(one_character(config, "delimiter"));
}

}  // namespace crossrank
