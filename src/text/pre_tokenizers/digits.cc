// Digits: numeric characters apart from the rest, one by one or in runs.
#include "text/pre_tokenizers/class_spans.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace crossrank {
namespace {

class Digits final : public PreTokenizer {
 public:
  explicit Digits(SplitBehavior behavior) : behavior_(behavior) {}
  void split(Pieces& pieces) const override {
    pieces.split_each([&](std::string_view piece, std::vector<std::string_view>& parts) {
      append_parts(behavior_, piece, class_spans(CharClasses::get(), kNumeric, piece), parts);
    });
  }

 private:
  SplitBehavior behavior_;
};

}  // namespace

std::unique_ptr<PreTokenizer> make_digits(const JsonObject& config) {
  return std::make_unique<Digits>(config.boolean("individual_digits") ? SplitBehavior::kIsolated : SplitBehavior::kContiguous);
}

}  // namespace crossrank
