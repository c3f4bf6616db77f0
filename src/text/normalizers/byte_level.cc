// ByteLevel: spells each byte in the byte-level alphabet of GPT-2.
#include "text/byte_alphabet.h"
#include "text/normalizers/normalizer.h"

namespace crossrank {
namespace {

class ByteLevelNormalizer final : public Normalizer {
 public:
  void normalize(std::string& text, bool&) const override { text = spell_bytes(text); }
};

}  // namespace

std::unique_ptr<const Normalizer> make_byte_level_normalizer(const JsonObject&) { return std::make_unique<ByteLevelNormalizer>(); }

}  // namespace crossrank
