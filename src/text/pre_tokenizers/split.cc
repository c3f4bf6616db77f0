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

}  // namespace

std::unique_ptr<PreTokenizer> make_split(const JsonObject& config) {
  return std::make_unique<Split>(RegexSpans::from_config(config, "pattern"), parse_split_behavior(config, "behavior"),
                                 config.boolean("invert"));
}

}  // namespace crossrank
