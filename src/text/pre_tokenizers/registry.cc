#include "text/component.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace crossrank {

std::unique_ptr<PreTokenizer> make_pre_tokenizer(const JsonObject& config) {
  static constexpr Maker<std::unique_ptr<PreTokenizer>> kMakers[] = {
      {"ByteLevel", make_byte_level},
      {"BertPreTokenizer", make_bert_pre_tokenizer},
      {"Whitespace", make_whitespace},
      {"WhitespaceSplit", make_whitespace_split},
      {"Split", make_split},
      {"Punctuation", make_punctuation},
      {"Digits", make_digits},
      {"Metaspace", make_metaspace},
      {"CharDelimiterSplit", make_char_delimiter_split},
      {"FixedLength", make_fixed_length},
      {"Sequence", make_pre_tokenizer_sequence},
  };
  return make_component<std::unique_ptr<PreTokenizer>>(config, kMakers, "a pre-tokenizer");
}

}  // namespace crossrank
