// Prepend: a string before each text that is not empty.
#include "text/normalizers/normalizer.h"

namespace crossrank {
namespace {

class Prepend final : public Normalizer {
 public:
  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}
  void normalize(std::string& text, bool&) const override {
    if (!text.empty()) text.insert(0, prefix_);
  }

 private:
  std::string prefix_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_prepend(const JsonObject& config) { return std::make_unique<Prepend>(config.string("prepend")); }

}  // namespace crossrank
