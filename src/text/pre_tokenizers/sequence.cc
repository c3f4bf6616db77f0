// Sequence: pre-tokenizers one after another, each cutting the pieces of the one before.
#include "text/component.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace crossrank {
namespace {

class PreTokenizerSequence final : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<std::unique_ptr<PreTokenizer>> steps) : steps_(std::move(steps)) {}
  void split(Pieces& pieces) const override {
    for (const auto& step : steps_) step->split(pieces);
  }
  bool offers_bytes() const override { return !steps_.empty() && steps_.back()->offers_bytes(); }
  void leave_bytes() override { steps_.back()->leave_bytes(); }

 private:
  std::vector<std::unique_ptr<PreTokenizer>> steps_;
};

}  // namespace

std::unique_ptr<PreTokenizer> make_pre_tokenizer_sequence(const JsonObject& config) {
  std::vector<std::unique_ptr<PreTokenizer>> steps;
  for (const JsonObject& step : sequence_items(config, "pretokenizers")) steps.push_back(make_pre_tokenizer(step));
  return std::make_unique<PreTokenizerSequence>(std::move(steps));
}

}  // namespace crossrank
