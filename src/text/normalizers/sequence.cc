// Sequence: normalizers one after another.
#include <vector>

#include "text/component.h"
#include "text/normalizers/normalizer.h"

namespace crossrank {
namespace {

class NormalizerSequence final : public Normalizer {
 public:
  explicit NormalizerSequence(std::vector<std::unique_ptr<const Normalizer>> steps) : steps_(std::move(steps)) {}
  void normalize(std::string& text, bool& at_start) const override {
    for (const auto& step : steps_) step->normalize(text, at_start);
  }

 private:
  std::vector<std::unique_ptr<const Normalizer>> steps_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_normalizer_sequence(const JsonObject& config) {
  std::vector<std::unique_ptr<const Normalizer>> steps;
  for (const JsonObject& step : sequence_items(config, "normalizers")) steps.push_back(make_normalizer(step));
  return std::make_unique<NormalizerSequence>(std::move(steps));
}

}  // namespace crossrank
