// Punctuation: cuts at each punctuation character.
#include "text/pre_tokenizers/class_spans.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace crossrank {
namespace {

class Punctuation final : public PreTokenizer {
 public:
  explicit Punctuation(SplitBehavior behavior) : behavior_(behavior) {}
  void split(Pieces& pieces) const override {
    pieces.split_each([&](std::string_view piece, std::vector<std::string_view>& parts) {
      append_parts(behavior_, piece, class_spans(CharClasses::get(), kPunctuation, piece), parts);
    });
  }

 private:
  SplitBehavior behavior_;
};

}  // namespace

std::unique_ptr<PreTokenizer> make_punctuation(const JsonObject& config) {
  const bool given = config.has("behavior");
  return std::make_unique<Punctuation>(given ? parse_split_behavior(config, "behavior") : SplitBehavior::kIsolated);
}

}  // namespace crossrank
