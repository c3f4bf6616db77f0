// Split: cuts at a string or a regular expression.
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/pre_tokenizers/regex_spans.h"

namespace crossrank {
namespace {

class Split final : public PreTokenizer {
 public:
  Split(std::unique_ptr<const RegexSpans> pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  void split(Pieces& pieces) const override {
    pieces.split_each([&](std::string_view piece, std::vector<std::string_view>& parts) {
      std::vector<Span> spans = pattern_->spans(piece);
      if (invert_) {
        for (Span& span : spans) span.delimiter = !span.delimiter;
      }
      append_parts(behavior_, piece, spans, parts);
    });
  }

 private:
  std::unique_ptr<const RegexSpans> pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

std::unique_ptr<const RegexSpans> parse_pattern(const JsonObject& config) {
  const JsonObject pattern = config.object("pattern");
  if (pattern.has("Regex")) return RegexSpans::regex(pattern.string("Regex"), pattern.where());
  if (!pattern.has("String")) throw config.bad_field("pattern", "has neither String nor Regex");
  const std::string text = pattern.string("String");
  return text.empty() ? RegexSpans::regex(text, pattern.where()) : RegexSpans::literal(text);
}

}  // namespace

std::unique_ptr<PreTokenizer> make_split(const JsonObject& config) {
  return std::make_unique<Split>(parse_pattern(config), parse_split_behavior(config, "behavior"), config.boolean("invert"));
}

}  // namespace crossrank
