#include "text/component.h"
#include "text/normalizers/normalizer.h"

namespace crossrank {

std::unique_ptr<const Normalizer> make_normalizer(const JsonObject& config) {
  static constexpr Maker<std::unique_ptr<const Normalizer>> kMakers[] = {
      {"NFC", make_unicode_normalizer},
      {"NFD", make_unicode_normalizer},
      {"NFKC", make_unicode_normalizer},
      {"NFKD", make_unicode_normalizer},
      {"Lowercase", make_lowercase},
      {"StripAccents", make_strip_accents},
      {"BertNormalizer", make_bert_normalizer},
      {"Precompiled", make_precompiled},
      {"Replace", make_replace},
      {"Prepend", make_prepend},
      {"Strip", make_strip},
      {"Nmt", make_nmt},
      {"ByteLevel", make_byte_level_normalizer},
      {"Sequence", make_normalizer_sequence},
  };
  return make_component<std::unique_ptr<const Normalizer>>(config, kMakers, "a normalizer");
}

}  // namespace crossrank
