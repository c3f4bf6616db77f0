// Lowercase: each code point by itself, without the context rules (no final sigma), as the reference does.
#include "text/normalizers/code_point_filter.h"
#include "text/normalizers/normalizer.h"

namespace crossrank {
namespace {

class Lowercase final : public Normalizer {
 public:
  void normalize(std::string& text, bool&) const override {
    std::string out;
    out.reserve(text.size());
    const char* const end = text.data() + text.size();
    for (const char* p = text.data(); p < end;) append_lowercase(classes_, next_code_point(p), out);
    text = std::move(out);
  }

 private:
  const CharClasses& classes_ = CharClasses::get();
};

}  // namespace

std::unique_ptr<const Normalizer> make_lowercase(const JsonObject&) { return std::make_unique<Lowercase>(); }

}  // namespace crossrank
