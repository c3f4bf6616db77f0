// NFC, NFD, NFKC, NFKD.
#include <algorithm>
#include <cstring>

#include "text/normalizers/normalizer.h"
#include "text/unicode/normalization.h"

namespace crossrank {
namespace {

class UnicodeForm final : public Normalizer {
 public:
  // NFC leaves every text below U+0300 as it is, the other forms only ASCII: U+00C0 decomposes and U+00A8 has a compatibility mapping.
  explicit UnicodeForm(NormalizationForm form) : form_(form), first_changed_byte_(form == NormalizationForm::kNfc ? 0xCC : 0x80) {}

  void normalize(std::string& text, bool&) const override {
    if (unchanged(text)) return;
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    append_normalized(form_, text, out);
    text = std::move(out);
  }

 private:
  // A byte from 0xCC on begins U+0300 or above; a lower one is ASCII, continues a character or begins one below U+0300.
  bool unchanged(const std::string& text) const noexcept {
    uint8_t highest = 0;
    for (const char byte : text) highest = std::max(highest, static_cast<uint8_t>(byte));  // no early exit: this vectorizes
    return highest < first_changed_byte_;
  }

  NormalizationForm form_;
  uint8_t first_changed_byte_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_unicode_normalizer(const JsonObject& config) {
  const std::string type = config.string("type");
  const auto form = type == "NFC"    ? NormalizationForm::kNfc
                    : type == "NFD"  ? NormalizationForm::kNfd
                    : type == "NFKC" ? NormalizationForm::kNfkc
                                     : NormalizationForm::kNfkd;
  return std::make_unique<UnicodeForm>(form);
}

}  // namespace crossrank
