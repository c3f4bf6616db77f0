// StripAccents: drops combining marks; it decomposes nothing, files put NFD or NFKD before it.
#include "text/normalizers/code_point_filter.h"
#include "text/normalizers/normalizer.h"

namespace crossrank {
namespace {

class StripAccents final : public Normalizer {
 public:
  void normalize(std::string& text, bool& at_start) const override {
    const CharClasses& classes = CharClasses::get();
    if (begins_with_class(classes, kMark, text)) at_start = false;
    drop_classes(classes, kMark, text);
  }
};

}  // namespace

std::unique_ptr<const Normalizer> make_strip_accents(const JsonObject&) { return std::make_unique<StripAccents>(); }

}  // namespace crossrank
